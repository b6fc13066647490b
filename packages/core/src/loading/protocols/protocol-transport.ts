/** Puts protocols before a transport: the first that accepts a request answers it, and only its code runs. */
import { unsupportedScheme } from '../../model/schemes.ts'
import { URLError } from '../../model/url-error.ts'
import type { URLProtocol } from '../../model/url-protocol.ts'
import type { Transport, WireRequest, WireResponse } from '../../ports/transport.ts'
import { nextHop } from '../redirects.ts'
import { ProtocolLoad, requestHead } from './protocol-load.ts'

const MAXIMUM_REDIRECTS = 20

/**
 * @param protocols Asked in this order: the configuration's, newest first, then those that are built in.
 * @param next What sends everything that no protocol accepts; only http and https get that far.
 * @param checkHop Called before a protocol's redirect is followed here, which is where the transport below hides its own: it may
 *   throw, for transport security.
 */
export function protocolTransport(
  protocols: readonly URLProtocol[],
  next: Transport,
  checkHop: (url: string) => void = () => {},
): Transport {
  return {
    redirects: next.redirects,
    strictDecoding: next.strictDecoding,
    async send(request) {
      let wire = request
      for (let hops = 0; ; hops++) {
        wire.signal.throwIfAborted()
        const protocol = protocols.find((one) => accepts(one, wire))
        if (!protocol && !/^https?:/.test(wire.url)) throw unsupportedScheme(wire.url)
        const response = await (protocol ? new ProtocolLoad(wire).start(protocol) : next.send(wire))
        const hop = protocol ? hopOf(wire, response) : null
        if (hop === null) return hops === 0 ? response : { ...response, redirected: true }
        await response.body.cancel()
        if (hop.body instanceof ReadableStream)
          throw new URLError('requestBodyStreamExhausted', { url: hop.url, phase: 'response' })
        if (hops === MAXIMUM_REDIRECTS) throw new URLError('httpTooManyRedirects', { url: hop.url, phase: 'response' })
        checkHop(hop.url)
        wire = hop
      }
    },
  }
}

/** Where a protocol's answer sends a request whose sender does not look at hops itself; else null. */
function hopOf(request: WireRequest, response: WireResponse): WireRequest | null {
  if (request.redirect === 'manual') return null
  const hop = nextHop(request, response)
  if (hop === null || request.redirect === 'follow') return hop
  throw new URLError('badServerResponse', {
    url: request.url,
    phase: 'response',
    why: 'it redirects, which this session refuses',
    status: response.status,
  })
}

function accepts(protocol: URLProtocol, request: WireRequest): boolean {
  const details = { url: request.url, phase: 'setup' } as const
  let answer: unknown
  try {
    answer = protocol.accepts(requestHead(request))
  } catch (cause) {
    throw URLError.from(cause, 'unknown', details)
  }
  if (typeof answer === 'boolean') return answer
  throw new URLError('badServerResponse', {
    ...details,
    why: `a protocol’s accepts() gave ${answer instanceof Promise ? 'a Promise' : typeof answer}; allowed is true or false, at once`,
  })
}
