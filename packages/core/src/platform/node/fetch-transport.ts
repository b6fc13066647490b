/**
 * Owns: requests of the engine in Node. Why through ky, as in browsers: one place decides how a request is
 * made up, and only what carries it differs.
 */
import ky from 'ky'
import type { TransactionTimings } from '../../model/metrics.ts'
import type { CachePolicy } from '../../model/request.ts'
import type { Transport, WireRequest, WireResponse } from '../../ports/transport.ts'
import { bodyOf, createHttpFetch, timingsOf, type HttpFetch } from './http-fetch.ts'
import { networkError } from './network-errors.ts'
import { outgoingBody } from './outgoing-body.ts'

export function createFetchTransport(httpFetch: HttpFetch = createHttpFetch()): Transport {
  return {
    redirects: 'each-hop',
    strictDecoding: true,
    tellsSent: true,
    ignoresIntegrity: true,
    send: (request) => send(request, httpFetch),
  }
}

/** What asks caches on the way not to answer from what they have (WHATWG fetch §4.5, HTTP-network-or-cache fetch). */
const PAST_CACHES: { readonly [policy in CachePolicy]?: readonly (readonly [string, string])[] } = {
  'no-cache': [['cache-control', 'max-age=0']],
  reload: [
    ['pragma', 'no-cache'],
    ['cache-control', 'no-cache'],
  ],
}

/** `credentials` has no meaning here, and `cache` only for others on the way: Node has neither a cookie jar nor an HTTP cache. */
async function send(
  { url, method, headers, body, redirect, cache, signal, isRedirected, onInformational, onSent }: WireRequest,
  httpFetch: HttpFetch,
): Promise<WireResponse> {
  try {
    const [bytes, type] = await outgoingBody(body)
    const sent = new Headers(headers)
    if (type !== null && !sent.has('content-type')) sent.set('content-type', type)
    for (const [name, value] of PAST_CACHES[cache] ?? []) if (!sent.has(name)) sent.set(name, value)
    const response = await ky(url, {
      method,
      headers: sent,
      redirect,
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      // The body and the signal go past ky, which would wrap both in layers that are not needed.
      fetch: (input) => httpFetch(input, { body: bytes, signal, onInformational, onSent }),
    })
    const source = bodyOf(response)
    const timings = timingsOf(response)
    if (!source) throw new TypeError('the answer has no body of ours')
    const { status, statusText } = response
    return {
      status,
      statusText,
      url,
      redirected: false,
      headers: response.headers,
      headersFiltered: false,
      body: source,
      native: response,
      ...(timings ? { timings: () => asNow(timings) } : {}),
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const named = networkError(error, { url, phase: 'setup' })
    throw isRedirected && named.phase === 'connect' ? named.with({ phase: 'response' }) : named
  }
}

/** As they are now: whoever keeps them does not keep the exchange. */
function asNow(timings: TransactionTimings): () => TransactionTimings {
  const copy = { ...timings }
  return () => copy
}
