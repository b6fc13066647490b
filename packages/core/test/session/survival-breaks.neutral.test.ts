/** A download outlives what connections do: it goes on from the last byte, asks for no byte twice, and the file is whole. */
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import type { StallEnd } from '../../../testing/src/origin/vocabulary.ts'
import {
  asked,
  breakAt,
  bytesOf,
  makeSession,
  origin,
  quick,
  rangesOf,
  reached,
  serve,
  until,
} from '../support/session.ts'

describe('a download outlives', () => {
  it.each([
    ['a reset', 'reset'],
    ['a body that ends before its length', 'cut'],
  ] as [string, StallEnd][])('%s', async (_name, how) => {
    const file = await serve('broken.bin', { size: 2_000_000, seed: 71 })
    await file.nextResponses([{ stallAfter: 700_000 }, { stallAfter: 500_000 }])
    const task = makeSession(quick).downloadTask(file.url).resume()
    await breakAt(task, file, 700_000, how)
    await breakAt(task, file, 1_200_000, how)
    const { file: got } = await task.finished
    expect(await bytesOf(await got.blob())).toEqual(contentAt(71, 0, 2_000_000))
    expect(await rangesOf(file)).toEqual([null, 'bytes=700000-', 'bytes=1200000-'])
    expect(task.warnings.map(({ code }) => code)).toEqual(['retrying', 'retrying'])
  })

  it('a stall: what is silent for longer than the request’s time is asked again', async () => {
    const file = await serve('stalled.bin', { size: 900_000, seed: 72 })
    await file.nextResponses([{ stallAfter: 300_000 }])
    const task = makeSession({ ...quick, timeout: { request: 400 } })
      .downloadTask(file.url)
      .resume()
    const { file: got } = await task.finished
    expect(await bytesOf(await got.blob())).toEqual(contentAt(72, 0, 900_000))
    expect(await rangesOf(file)).toEqual([null, 'bytes=300000-'])
    expect(task.metrics?.transactions[0]?.error).toBe('timedOut')
  })

  it('a connection that gives a little and is never silent', async () => {
    const { url } = await serve('drip.bin', { size: 60_000, seed: 73, bytesPerSecond: 60_000 })
    const { file } = await makeSession({ timeout: { request: 500 } }).download(url)
    expect(await bytesOf(await file.blob())).toEqual(contentAt(73, 0, 60_000))
  })

  it('an answer that never begins, once the server has answered before', async () => {
    const file = await serve('silent.bin', { size: 900_000, seed: 74 })
    await file.nextResponses([{ stallAfter: 300_000 }, { beforeHead: 'stall' }])
    const task = makeSession({ ...quick, timeout: { request: 400 } })
      .downloadTask(file.url)
      .resume()
    await breakAt(task, file, 300_000)
    const { file: got } = await task.finished
    expect(await bytesOf(await got.blob())).toEqual(contentAt(74, 0, 900_000))
    expect(await rangesOf(file)).toEqual([null, 'bytes=300000-', 'bytes=300000-'])
  })

  it.each(['reset', 'close'] as const)('connections that end without a byte (%s)', async (beforeHead) => {
    const file = await serve('nothing.bin', { size: 50_000, seed: 75 })
    await file.nextResponses([{ beforeHead }, { beforeHead }, { beforeHead }])
    const { file: got } = await makeSession(quick).download(file.url)
    expect(await bytesOf(await got.blob())).toEqual(contentAt(75, 0, 50_000))
  })

  it('any number of breaks, as long as each attempt brings a byte', async () => {
    const size = 305_000
    const file = await serve('many.bin', { size, seed: 76, stallAfter: 10_000 })
    const task = makeSession({ ...quick, retry: { ...quick.retry, attempts: 2 } })
      .downloadTask(file.url)
      .resume()
    for (let at = 10_000; at < size; at += 10_000) await breakAt(task, file, at)
    const { file: got } = await task.finished
    expect(await bytesOf(await got.blob())).toEqual(contentAt(76, 0, size))
    expect((await file.requests()).reduce((sum, { bytesSent }) => sum + bytesSent, 0)).toBe(size)
  })

  it('a chunked body that breaks, though nobody knows its length', async () => {
    const file = await serve('chunked.bin', { size: 900_000, seed: 77, framing: 'chunked' })
    await file.nextResponses([{ stallAfter: 300_000 }])
    const task = makeSession(quick).downloadTask(file.url).resume()
    await breakAt(task, file, 300_000)
    const { file: got } = await task.finished
    expect(await bytesOf(await got.blob())).toEqual(contentAt(77, 0, 900_000))
    expect(await rangesOf(file)).toEqual([null, 'bytes=300000-'])
  })

  it('a server that gives at most so many bytes a request', async () => {
    const file = await serve('limited.bin', { size: 900_000, seed: 78, rangeLimit: 100_000 })
    await file.nextResponses([{ stallAfter: 300_000 }])
    const task = makeSession(quick).downloadTask(file.url).resume()
    await breakAt(task, file, 300_000)
    const { file: got } = await task.finished
    expect(await bytesOf(await got.blob())).toEqual(contentAt(78, 0, 900_000))
    expect((await rangesOf(file)).slice(1)).toEqual([3, 4, 5, 6, 7, 8].map((at) => `bytes=${at}00000-`))
  })

  it('damage in a chunked stream', async () => {
    const file = await serve('bad-chunk.bin', { size: 900_000, seed: 79 })
    await file.nextResponses([{ malformed: 'chunk' }])
    const { file: got } = await makeSession(quick).download(file.url)
    expect(await bytesOf(await got.blob())).toEqual(contentAt(79, 0, 900_000))
  })
})

describe('a download that gives up', () => {
  it('does so after as many attempts without a new byte as the session says', async () => {
    const file = await serve('hopeless.bin', { size: 900_000, beforeHead: 'reset' })
    const task = makeSession({ retry: { ...quick.retry, attempts: 4 } })
      .downloadTask(file.url)
      .resume()
    await expect(task.finished).rejects.toMatchObject({
      attempts: 4,
      retryable: true,
      bytesTransferred: 0,
      resumeData: null,
    })
  })

  it('does so when the whole task takes too long, and keeps what there is', async () => {
    const file = await serve('deadline.bin', { size: 900_000, stallAfter: 300_000 })
    const task = makeSession({ timeout: { resource: 1500 } })
      .downloadTask(file.url)
      .resume()
    await reached(task, 300_000)
    await expect(task.finished).rejects.toMatchObject({
      code: 'timedOut',
      name: 'TimeoutError',
      number: -1001,
      retryable: false,
      resumeData: { received: 300_000 },
    })
  })

  it('does so at once when no first answer comes in time, as the platform’s own fetch would', async () => {
    const file = await serve('unanswered.bin', { size: 900_000, beforeHead: 'stall' })
    const task = makeSession({ ...quick, timeout: { request: 200 } })
      .downloadTask(file.url)
      .resume()
    await expect(task.finished).rejects.toMatchObject({ code: 'timedOut', attempts: 1, url: file.url })
    await origin.when({ file: file.name, aborted: true })
  })

  it('takes the request’s own time where it has one, whatever the session’s', async () => {
    const file = await serve('own-time.bin', { size: 900_000, beforeHead: 'stall' })
    const patient = makeSession({ timeout: { request: 60_000 } })
      .downloadTask({ url: file.url, timeout: 200 })
      .resume()
    await expect(patient.finished).rejects.toMatchObject({ code: 'timedOut' })
    const hasty = makeSession({ timeout: { request: 50 } })
      .downloadTask({ url: file.url, timeout: 60_000 })
      .resume()
    await until(hasty, () => hasty.waitingFor === null)
    await asked(file)
    await file.behaveWell()
    await file.releaseStalls()
    await hasty.finished
  })
})
