/** Where there is no resume data: nothing that could be gone on with is left, or nothing proves that it fits. */
import type { URLError } from 'urlsession'
import { describe, expect, it } from 'vitest'
import type { FileOptions } from '../../../testing/src/origin/vocabulary.ts'
import { makeSession, reached, rejection, serve } from '../support/session.ts'

const SIZE = 600_000
const AT = 200_000

describe('there is no resume data', () => {
  it.each<[string, Partial<FileOptions>]>([
    ['without anything to tell versions apart by', { etag: 'none', lastModified: false }],
    ['where the server takes no ranges', { headers: { 'Accept-Ranges': 'none' } }],
    ['for an error page', { headers: {}, contentType: 'text/html' }],
  ])('%s', async (name, options) => {
    const session = makeSession()
    const status = name.includes('error') ? { status: 404, text: 'x'.repeat(SIZE) } : {}
    const file = await serve('paused.bin', { size: SIZE, ...options, ...status, stallAfter: AT })
    const task = session.downloadTask(file.url).resume()
    await reached(task, AT)
    expect(await task.cancelProducingResumeData()).toBe(null)
    expect((await rejection(task.finished)) as URLError).toMatchObject({ code: 'cancelled', resumeData: null })
  })

  it('before the first byte, and for a task that was never resumed', async () => {
    const file = await serve('early.bin', { size: SIZE, beforeHead: 'stall' })
    const session = makeSession()
    expect(await session.downloadTask(file.url).cancelProducingResumeData()).toBe(null)
    const task = session.downloadTask(file.url).resume()
    expect(await task.cancelProducingResumeData()).toBe(null)
  })

  it('after a plain cancel, whose bytes are gone', async () => {
    const file = await serve('plain.bin', { size: SIZE, stallAfter: AT })
    const task = makeSession().downloadTask(file.url).resume()
    await reached(task, AT)
    task.cancel()
    expect(await task.cancelProducingResumeData()).toBe(null)
    expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled', resumeData: null })
  })
})
