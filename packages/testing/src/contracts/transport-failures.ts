/**
 * Owns: the transport's cases about answers that break, never come, or are no HTTP.
 */
import { check, isURLError, rejection, same } from './cases.ts'
import { type AddCase, opaque, readAll, trip, wire } from './transport-stage.ts'

/** Adds them. */
export function addFailureCases(on: AddCase, lenientGzip: boolean): void {
  on('a coded body cut short fails, and gives no byte too many', async ({ transport, file }) => {
    const { url } = await file({ size: 300_000, encoding: 'gzip', encodingCut: 1000 })
    const end = await readAll((await transport.send(wire(url))).body).then(
      (bytes) => bytes.length,
      (error: unknown) => error,
    )
    if (typeof end !== 'number')
      return isURLError(end, ['cannotDecodeContentData', 'networkConnectionLost', opaque], 'cut gzip')
    check(lenientGzip && end < 300_000, `a gzip body without its end was taken for whole (${end} bytes)`)
  })

  on('a body that ends early fails with networkConnectionLost', async ({ transport, file }) => {
    for (const fault of [
      { cutAfter: 70_000 },
      { resetAfter: 70_000 },
      { cutAfter: 70_000, framing: 'chunked' as const },
    ]) {
      const { url } = await file({ size: 200_000, seed: 2, ...fault })
      const { body } = await transport.send(wire(url))
      const error = await rejection(readAll(body), JSON.stringify(fault))
      isURLError(error, ['networkConnectionLost', opaque], JSON.stringify(fault))
      same(Reflect.get(error as object, 'retryable'), true, 'retryable')
      await body.cancel()
    }
  })

  on(
    'an answer that never came, or is no HTTP, fails with a URLError that names the URL',
    async ({ transport, file }) => {
      const lost = ['networkConnectionLost', 'cannotParseResponse', 'badServerResponse', opaque]
      for (const fault of [
        { beforeHead: 'reset' },
        { beforeHead: 'close' },
        { malformed: 'status-line' },
        { malformed: 'lengths' },
      ] as const) {
        const { url } = await file({ size: 10, ...fault })
        const error = await trip(transport, wire(url))
        isURLError(error, lost, JSON.stringify(fault))
        same(Reflect.get(error as object, 'url'), url, 'url')
      }
    },
  )

  on('a chunk that is none fails the body', async ({ transport, file }) => {
    const { url } = await file({ size: 1000, malformed: 'chunk' })
    isURLError(
      await trip(transport, wire(url)),
      ['networkConnectionLost', 'cannotParseResponse', 'badServerResponse', opaque],
      'bad chunk',
    )
  })

  on('a refused connection is cannotConnectToHost, or says that it cannot know', async ({ transport }) => {
    // Port 9 (discard) is blocked in browsers, and nobody listens on port 2.
    isURLError(await trip(transport, wire('http://127.0.0.1:2/')), ['cannotConnectToHost', opaque], 'refused')
  })
}
