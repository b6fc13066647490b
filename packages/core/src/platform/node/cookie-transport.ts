/**
 * Owns: cookies on their way. Why around the transport and not in a session: each hop of a redirect passes here by itself, so what a
 * 302 sets is sent with the next request, and what is sent to one host is never handed on to another.
 */
import type { NetworkSettings } from '../../model/network-options.ts'
import type { Transport, WireRequest } from '../../ports/transport.ts'
import type { URLCookieStorage } from './cookie-storage.ts'
import { isSameSite } from './cookie-sites.ts'

type Rules = Pick<NonNullable<NetworkSettings['cookies']>, 'accept' | 'set'>

/**
 * Sends the jar's cookies along and keeps those of answers, by these rules; a request whose `credentials` are `'omit'` does neither.
 * A cookie that the caller's own Cookie header names stays as the caller wrote it. Set-Cookie stays visible in every case.
 */
export function cookieTransport(
  jar: URLCookieStorage,
  next: Transport,
  { accept, set }: Rules = { accept: 'always', set: true },
): Transport {
  return {
    ...next,
    async send(request) {
      if (request.credentials === 'omit') return await next.send(request)
      const response = await next.send(set ? await withCookies(request, jar) : request)
      const given = accept === 'never' ? [] : response.headers.getSetCookie()
      if (
        given.length > 0 &&
        (accept === 'always' || (await isSameSite(request.url, request.mainDocument ?? request.url)))
      )
        for (const text of given) await jar.set(text, response.url)
      return response
    },
  }
}

async function withCookies(request: WireRequest, jar: URLCookieStorage): Promise<WireRequest> {
  const own = request.headers.get('cookie')
  const named = new Set((own ?? '').split(';').map((pair) => pair.split('=')[0]?.trim()))
  const kept = (await jar.cookiesFor(request.url)).filter(({ name }) => !named.has(name))
  if (kept.length === 0) return request
  const headers = new Headers(request.headers)
  const pairs = kept.map(({ name, value }) => `${name}=${value}`)
  headers.set('cookie', [...(own === null ? [] : [own]), ...pairs].join('; '))
  return { ...request, headers }
}
