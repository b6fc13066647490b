/** Redirects, decided hop by hop where the platform shows the hops (RFC 9110 §15.4, WHATWG fetch §4.4). */
import type { WireRequest, WireResponse } from '../ports/transport.ts'
import { isCredentialHeader } from '../model/credential-headers.ts'
import { withoutUserInfo } from '../model/safe-url.ts'
import { URLError } from '../model/url-error.ts'

const FOLLOWED = new Set([301, 302, 303, 307, 308])
const BODY_HEADERS = ['content-type', 'content-length', 'content-encoding', 'content-language', 'content-location']

/**
 * The next request, or null when the answer is no redirect, or names no place to go, and so is the final one.
 * Credentials stay behind when the origin changes; POST becomes GET on 301 and 302, anything but HEAD on 303.
 * @throws {URLError} `redirectToNonExistentLocation`.
 */
export function nextHop(request: WireRequest, { status, headers: answered }: WireResponse): WireRequest | null {
  const location = answered.get('location')
  if (!FOLLOWED.has(status) || location === null) return null
  const target = URL.parse(location, request.url)
  const source = new URL(request.url)
  // Nobody on the network may send a request to a file: or a scheme of the app's own; such a scheme may stay within itself.
  if (!target || (target.protocol !== 'https:' && target.protocol !== 'http:' && target.protocol !== source.protocol))
    throw new URLError('redirectToNonExistentLocation', {
      url: request.url,
      phase: 'response',
      why: 'the Location it was sent to is not an http address',
    })
  const headers = new Headers(request.headers)
  const becomesGet =
    (status === 303 && request.method !== 'HEAD') || ((status === 301 || status === 302) && request.method === 'POST')
  if (becomesGet) for (const name of BODY_HEADERS) headers.delete(name)
  if (originOf(target) !== originOf(source)) {
    for (const name of [...headers.keys()]) if (isCredentialHeader(name) || name === 'host') headers.delete(name)
  }
  return {
    ...request,
    url: withoutUserInfo(target).href,
    method: becomesGet ? 'GET' : request.method,
    body: becomesGet ? null : request.body,
    headers,
    isRedirected: true,
  }
}

/** Schemes that the web does not know have an opaque origin, by which no two hosts could be told apart. */
export const originOf = ({ origin, protocol, host }: URL): string =>
  origin === 'null' ? `${protocol}//${host}` : origin
