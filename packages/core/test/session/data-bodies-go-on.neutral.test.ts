/** A body that breaks off is gone on with where the server can tell that it is the same, and stays broken where it cannot. */
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { makeSession, quick, rangesOf, rejection, serve } from '../support/session.ts'

const size = 600_000
/** Silent after so many bytes, until the request's patience is over. */
const breaking = { ...quick, timeout: { request: 300 } }

describe('a body that breaks off', () => {
  it('is gone on with: what is missing is asked for, and nobody notices but the metrics', async () => {
    const file = await serve('broken.bin', { size, seed: 21 })
    await file.nextResponses([{ stallAfter: 200_000 }, { stallAfter: 100_000 }])
    const promise = makeSession(breaking).data(file.url)
    const { data, response } = await promise
    expect(data).toEqual(contentAt(21, 0, size))
    expect(response.status).toBe(200)
    expect(await rangesOf(file)).toEqual([null, 'bytes=200000-', 'bytes=300000-'])
    expect(promise.task.warnings.map(({ code }) => code)).toEqual(['retrying', 'retrying'])
    expect(promise.task.metrics?.transactions).toMatchObject([
      { from: 0, bytes: 200_000, status: 200, error: 'timedOut' },
      { from: 200_000, bytes: 100_000, status: 206, error: 'timedOut' },
      { from: 300_000, bytes: 300_000, status: 206, error: null },
    ])
  })

  it('is gone on with under a loop, a delegate and a Response as well', async () => {
    const file = await serve('taken.bin', { size, seed: 22 })
    const session = makeSession(breaking)
    const chunks: Uint8Array[] = []

    await file.nextResponses([{ stallAfter: 200_000 }])
    for await (const chunk of session.dataTask(file.url)) chunks.push(chunk)
    expect(joined(chunks)).toEqual(contentAt(22, 0, size))

    chunks.length = 0
    await file.nextResponses([{ stallAfter: 200_000 }])
    await session.dataTask(file.url, { delegate: { didReceiveData: (_task, data) => void chunks.push(data) } }).resume()
      .finished
    expect(joined(chunks)).toEqual(contentAt(22, 0, size))

    await file.nextResponses([{ stallAfter: 200_000 }])
    const response = await session.fetch(file.url)
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(contentAt(22, 0, size))
  })

  it('stays broken where the server has another version by now: bytes of two never mix', async () => {
    const file = await serve('changed.bin', { size, seed: 23 })
    await file.nextResponses([{ stallAfter: 200_000 }])
    const delegate = {
      async didReceiveResponse() {
        await file.change({ seed: 24 })
        return 'allow' as const
      },
    }
    const error = await rejection(makeSession(breaking).dataTask(file.url, { delegate }).resume().finished)
    expect(error).toMatchObject({ code: 'timedOut', bytesTransferred: 200_000 })
    expect(await rangesOf(file)).toEqual([null, 'bytes=200000-'])
  })

  it.each([
    ['the server names no version', { etag: 'none' }, {}],
    ['the version is a weak one', { etag: 'weak' }, {}],
    ['the body is compressed', { encoding: 'gzip' }, {}],
    ['the caller wants no retries', {}, { retry: false }],
  ] as const)('stays broken where %s', async (_name, how, options) => {
    const file = await serve('unknown.bin', { size, seed: 25, ...how })
    await file.nextResponses([{ stallAfter: 200_000 }])
    const error = await rejection(makeSession(breaking).data(file.url, options))
    expect(error).toMatchObject({ code: 'timedOut' })
    expect(await rangesOf(file)).toEqual([null])
  })

  it('stays broken where no attempt brings a byte more', async () => {
    const file = await serve('stuck.bin', { size, seed: 26 })
    await file.nextResponses([{ stallAfter: 200_000 }, { stallAfter: 0 }, { stallAfter: 0 }, { stallAfter: 0 }])
    const error = await rejection(makeSession({ ...breaking, retry: { attempts: 3 } }).data(file.url))
    expect(error).toMatchObject({ code: 'timedOut' })
    expect(await rangesOf(file)).toEqual([null, 'bytes=200000-', 'bytes=200000-'])
  })
})

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}
