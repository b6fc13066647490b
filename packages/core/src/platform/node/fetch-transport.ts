/**
 * Owns: requests of the engine in Node. Why through ky, as in browsers: one place decides how a request is
 * made up, and only what carries it differs.
 */
import ky from 'ky'
import { URLError } from '../../model/url-error.ts'
import type { Transport, WireRequest, WireResponse } from '../../ports/transport.ts'
import { bodyOf, createHttpFetch, type HttpFetch } from './http-fetch.ts'
import { networkError } from './network-errors.ts'

export function createFetchTransport(httpFetch: HttpFetch = createHttpFetch()): Transport {
  return { redirects: 'each-hop', strictDecoding: true, send: (request) => send(request, httpFetch) }
}

/** `credentials` and `cache` have no meaning here: Node has neither a cookie jar nor an HTTP cache. */
async function send(
  { url, method, headers, body, redirect, signal }: WireRequest,
  httpFetch: HttpFetch,
): Promise<WireResponse> {
  if (body !== null && typeof body !== 'string' && !(body instanceof Uint8Array))
    throw new URLError('unsupportedByPlatform', {
      url,
      phase: 'setup',
      why: 'a request body was neither text nor bytes',
      hint: 'give a string or a Uint8Array',
    })
  try {
    const response = await ky(url, {
      method,
      headers,
      redirect,
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      // The body and the signal go past ky, which would wrap both in layers that are not needed.
      fetch: (input) => httpFetch(input, { body, signal }),
    })
    const source = bodyOf(response)
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
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw networkError(error, { url, phase: 'setup' })
  }
}
