/** The request after a redirect (RFC 9110 §15.4): method, body, headers, credentials, address. */
import { describe, expect, it } from 'vitest'
import { nextHop } from '../../src/loading/redirects.ts'
import type { WireRequest, WireResponse } from '../../src/ports/transport.ts'

const request = (more: Partial<WireRequest> = {}): WireRequest => ({
  url: 'https://a.test/dir/file?x=1',
  method: 'GET',
  headers: new Headers({
    accept: '*/*',
    authorization: 'secret',
    cookie: 'secret',
    range: 'bytes=5-',
    'content-type': 'text/plain',
  }),
  body: null,
  redirect: 'manual',
  credentials: 'same-origin',
  cache: 'default',
  signal: new AbortController().signal,
  ...more,
})
const answer = (status: number, location: string | null): WireResponse => ({
  status,
  statusText: '',
  url: '',
  redirected: false,
  headers: new Headers(location === null ? {} : { location }),
  headersFiltered: false,
  body: { read: async () => null, cancel: async () => {} },
})
const redirected = (asked: WireRequest, status: number, location: string | null): WireRequest | null =>
  nextHop(asked, answer(status, location))
const names = (wire: WireRequest | null): string[] => [...(wire?.headers.keys() ?? [])]

describe('a redirect', () => {
  it('is one of five statuses', () => {
    const followed = (status: number): boolean => redirected(request(), status, '/other') !== null
    expect(Array.from({ length: 600 }, (_, status) => status).filter(followed)).toEqual([301, 302, 303, 307, 308])
  })

  it.each([
    ['other', 'https://a.test/dir/other'],
    ['/other', 'https://a.test/other'],
    ['//b.test/other', 'https://b.test/other'],
    ['?y=2', 'https://a.test/dir/file?y=2'],
    ['https://b.test/%E2%82%AC', 'https://b.test/%E2%82%AC'],
    ['https://a.test:443/x', 'https://a.test/x'],
    ['https://me:secret@b.test/', 'https://b.test/'],
    ['http://b.test/', 'http://b.test/'],
  ])('to %s asks %s', (location, url) => {
    expect(redirected(request(), 302, location)?.url).toBe(url)
  })

  it.each([
    'ftp://b.test/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'javascript:alert(1)',
    'https://',
    'http://[bad',
  ])('to %s is an error', (location) => {
    expect(() => redirected(request(), 302, location)).toThrow(
      expect.objectContaining({ code: 'redirectToNonExistentLocation', url: 'https://a.test/dir/file?x=1' }),
    )
  })

  it('of a scheme of one’s own stays within it, or goes to http', () => {
    const own = request({ url: 'own://a/file' })
    expect(redirected(own, 302, '/other')?.url).toBe('own://a/other')
    expect(redirected(own, 302, 'https://b.test/')?.url).toBe('https://b.test/')
    expect(() => redirected(own, 302, 'file:///etc/passwd')).toThrow(
      expect.objectContaining({ code: 'redirectToNonExistentLocation' }),
    )
    expect(names(redirected(own, 302, '/other'))).toContain('authorization')
    expect(names(redirected(own, 302, 'own://b/file'))).not.toContain('authorization')
  })

  it('without a Location is an answer', () => {
    expect(redirected(request(), 302, null)).toBeNull()
  })

  it.each([
    ['GET', 301, 'GET'],
    ['HEAD', 301, 'HEAD'],
    ['POST', 301, 'GET'],
    ['PUT', 301, 'PUT'],
    ['POST', 302, 'GET'],
    ['DELETE', 302, 'DELETE'],
    ['POST', 303, 'GET'],
    ['PUT', 303, 'GET'],
    ['HEAD', 303, 'HEAD'],
    ['POST', 307, 'POST'],
    ['POST', 308, 'POST'],
  ])('of %s by %i becomes %s', (method, status, expected) => {
    const next = redirected(request({ method, body: 'body' }), status, '/other')
    const kept = expected === method && method !== 'GET'
    expect([next?.method, next?.body]).toEqual([expected, kept || method === 'GET' ? 'body' : null])
    if (method !== expected) expect(names(next)).not.toContain('content-type')
  })

  it('on the same origin keeps credentials, to another it leaves them behind', () => {
    expect(names(redirected(request(), 302, '/other'))).toEqual(
      expect.arrayContaining(['authorization', 'cookie', 'range']),
    )
    for (const elsewhere of ['https://b.test/', 'http://a.test/', 'https://a.test:444/'])
      expect(names(redirected(request(), 302, elsewhere))).toEqual(['accept', 'content-type', 'range'])
  })

  it('leaves the first request as it was', () => {
    const first = request({ method: 'POST', body: 'x' })
    redirected(first, 303, 'https://b.test/')
    expect([first.method, first.body, first.headers.get('authorization')]).toEqual(['POST', 'x', 'secret'])
  })
})
