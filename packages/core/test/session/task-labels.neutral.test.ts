/** What a caller writes on a task to know it again: description, key, metadata. */
import { describe, expect, it } from 'vitest'
import { makeSession, reached, rejection, serve } from '../support/session.ts'

describe('a task’s labels', () => {
  it('are what was given, or nothing', async () => {
    const { url } = await serve('labels.bin', { size: 10 })
    const session = makeSession()
    const metadata = { id: 7, tags: ['a', null, true] }
    expect(session.downloadTask(url, { key: 'film', description: 'A film', metadata })).toMatchObject({
      key: 'film',
      description: 'A film',
      metadata,
    })
    expect(session.downloadTask(url)).toMatchObject({ key: null, description: '', metadata: null })
  })

  it('can be described anew, at any time', async () => {
    const file = await serve('described.bin', { size: 600_000, stallAfter: 100_000 })
    const task = makeSession().downloadTask(file.url)
    task.description = 'before'
    task.resume()
    await reached(task, 100_000)
    task.description = 'while'
    expect(task.description).toBe('while')
    task.cancel()
    await rejection(task.finished)
    task.description = 'after'
    expect(task.description).toBe('after')
    task.description = 'x'.repeat(10_000)
    expect(task.description).toHaveLength(4096)
  })
})

describe('a key', () => {
  it('is taken while its task lives, and the error says by whom', async () => {
    const file = await serve('keyed.bin', { size: 600_000, stallAfter: 100_000 })
    const session = makeSession()
    const task = session.downloadTask(file.url, { key: 'film' })
    const second = (): unknown => session.downloadTask(`${file.url}?other`, { key: 'film' })
    expect(second).toThrow(expect.objectContaining({ code: 'duplicateKey', url: `${file.url}?other` }))
    expect(second).toThrow(/"film".*task 1/)
    task.resume()
    await reached(task, 100_000)
    expect(second).toThrow(expect.objectContaining({ code: 'duplicateKey' }))
    await expect(session.download(file.url, { key: 'film' })).rejects.toMatchObject({ code: 'duplicateKey' })
    expect(await file.requests()).toHaveLength(1)
    // Another session, or another key, is nobody's business.
    expect(makeSession().downloadTask(file.url, { key: 'film' }).key).toBe('film')
    expect(session.downloadTask(file.url, { key: 'Film' }).key).toBe('Film')
  })

  it('is free again once its task is complete, in whatever way', async () => {
    const file = await serve('freed.bin', { size: 1000 })
    const session = makeSession()
    await session.downloadTask(file.url, { key: 'film' }).resume().finished
    const cancelled = session.downloadTask(file.url, { key: 'film' })
    cancelled.cancel()
    await rejection(cancelled.finished)
    const { file: got } = await session.download(file.url, { key: 'film' })
    expect(got.size).toBe(1000)
  })
})
