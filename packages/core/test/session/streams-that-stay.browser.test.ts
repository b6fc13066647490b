/** In a browser whose streams cannot be handed to a worker, what a protocol answers a transfer gets there as a whole. */
import { URLError, type URLProtocol } from 'urlsession'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { bytesOf, makeSession, quick, rangesOf, serve } from '../support/session.ts'

const whole = contentAt(9, 0, 3_000_000)

function protocol(breaks: number): URLProtocol & { asked: number } {
  return {
    asked: 0,
    accepts: ({ url }) => url.startsWith('content:'),
    async load(_request, client) {
      this.asked += 1
      client.didReceiveResponse({ status: 200, headers: { 'content-length': `${whole.length}` } })
      await client.didLoad(whole.slice(0, 1_000_000))
      if (this.asked <= breaks) return client.didFail(new URLError('networkConnectionLost'))
      await client.didLoad(whole.slice(1_000_000))
      client.didFinish()
    },
  }
}

describe('streams that cannot be handed over', () => {
  let asked = 0
  beforeEach(() => {
    asked = 0
    const clone = structuredClone
    vi.stubGlobal('structuredClone', (value: unknown, options?: StructuredSerializeOptions) => {
      if (!(value instanceof ReadableStream)) return clone(value, options)
      asked += 1
      throw new DOMException('ReadableStream object could not be cloned.', 'DataCloneError')
    })
  })
  afterEach(() => void vi.unstubAllGlobals())

  it('go over as a whole', async () => {
    const { file } = await makeSession({ protocols: [protocol(0)] }).download('content:/whole.bin')
    expect(await bytesOf(await file.blob())).toEqual(whole)
    expect(asked).toBe(1)
  })

  it('and so does what they fail with, which is tried again like any other', async () => {
    const own = protocol(1)
    const { file } = await makeSession({ ...quick, protocols: [own] }).download('content:/broken.bin')
    expect(await bytesOf(await file.blob())).toEqual(whole)
    expect(own.asked).toBe(2)
  })

  it('and so does the body of a data task that becomes a download', async () => {
    const origin = await serve('adopted.bin', { size: 900_000, seed: 51, headers: { 'cache-control': 'no-store' } })
    const got = Promise.withResolvers<Uint8Array>()
    const session = makeSession(quick, {
      didReceiveResponse: () => 'becomeDownload',
      didFinishDownloading: async (_task, file) => got.resolve(await bytesOf(await file.blob())),
    })
    await session.dataTask(origin.url).resume().finished
    expect(await got.promise).toEqual(contentAt(51, 0, 900_000))
    expect(await rangesOf(origin)).toEqual([null])
    expect(asked).toBe(1)
  })
})
