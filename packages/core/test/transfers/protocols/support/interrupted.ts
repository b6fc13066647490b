/** A protocol whose bodies stop after so many bytes, until they are let go on: for what a cancel leaves behind. */
import type { ProtocolRequestHead, URLProtocol } from '../../../../src/model/url-protocol.ts'

export interface Interrupted extends URLProtocol {
  /** All requests so far. */
  readonly asked: ProtocolRequestHead[]
  /** Settles when the first limit is reached and its bytes are taken. */
  readonly stopped: Promise<void>
}

/** Only what answers through its client can be stopped. @param limits Bytes of each answer in turn; without one it is whole. */
export function interrupted(protocol: URLProtocol, ...limits: number[]): Interrupted {
  const asked: ProtocolRequestHead[] = []
  const stopped = Promise.withResolvers<void>()
  return {
    asked,
    stopped: stopped.promise,
    accepts: (request) => protocol.accepts(request),
    load(request, client) {
      asked.push(request)
      let left = limits.shift() ?? Number.POSITIVE_INFINITY
      return protocol.load(request, {
        signal: client.signal,
        didReceiveResponse: (response) => client.didReceiveResponse(response),
        async didLoad(bytes) {
          const allowed = bytes.subarray(0, left)
          left -= allowed.length
          await client.didLoad(allowed)
          if (allowed.length === bytes.length) return
          stopped.resolve()
          await new Promise((_resolve, reject) => client.signal.addEventListener('abort', reject))
        },
        didFinish: () => client.didFinish(),
        didFail: (error) => client.didFail(error),
        wasRedirected: (to, response) => client.wasRedirected(to, response),
      })
    },
  }
}
