/** What may be asked for, and how it looks after it was checked. */
import { describe, expect, it } from 'vitest'
import {
  normalizeRequest,
  storableRequest,
  publicRequest,
  type NormalRequest,
  type RequestLike,
} from '../../src/model/request.ts'
import { BROWSER_SCHEMES, NODE_SCHEMES, type AcceptedSchemes } from '../../src/model/schemes.ts'

const url = 'https://host.test/a'
const plain: NormalRequest = {
  url,
  method: 'GET',
  headers: [],
  body: null,
  timeout: null,
  cachePolicy: 'default',
  credentials: null,
}
const normal = (input: unknown, base: string | null = null, schemes?: AcceptedSchemes): NormalRequest =>
  storableRequest(normalizeRequest(input as RequestLike, () => base, schemes))

describe('a request', () => {
  it('is a text, a URL, a Request or an object, and all are the same afterwards', () => {
    for (const input of [url, new URL(url), { url }, { url: new URL(url) }, new Request(url)])
      expect(normal(input)).toEqual(plain)
  })

  it('resolves against the page, where there is one', () => {
    expect(normal('../b?c', 'https://page.test/dir/sub/page.html').url).toBe('https://page.test/dir/b?c')
    expect(() => normal('../b')).toThrow(expect.objectContaining({ code: 'badURL' }))
  })

  it('loses user and password', () => {
    expect(normal('https://me:secret@host.test/a').url).toBe(url)
  })

  it('may have any scheme that is loaded here', () => {
    for (const text of ['data:,a', 'blob:https://host.test/uuid', 'opfs:/a'])
      expect(normal(text, null, BROWSER_SCHEMES).url).toBe(text)
    for (const text of ['data:,a', 'file:///a', 'ftp://host.test/a'])
      expect(normal(text, null, NODE_SCHEMES).url).toBe(text)
    for (const text of ['ssh://host.test/a', 'own:a', url]) expect(normal(text, null, 'any').url).toBe(text)
    expect(() => normal('ssh://host.test:99999', null, 'any')).toThrow(expect.objectContaining({ code: 'badURL' }))
  })

  it('has the user and password of a scheme other than http in a header', () => {
    const request = normal('ftp://me%40home:gehe%C3%AFm@host.test/a', null, 'any')
    expect([request.url, request.headers]).toEqual([
      'ftp://host.test/a',
      [['authorization', `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode('me@home:geheïm')))}`]],
    ])
    const chosen = normal({ url: 'ftp://me:x@host.test/a', headers: { authorization: 'mine' } }, null, 'any')
    expect(chosen.headers).toEqual([['authorization', 'mine']])
    expect(normal('ftp://100%:x@host.test/a', null, 'any').headers).toEqual([
      ['authorization', `Basic ${btoa('100%:x')}`],
    ])
  })

  it.each(['get', 'head', 'post', 'put', 'delete'])('upper-cases %s', (method) => {
    expect(normal({ url, method }).method).toBe(method.toUpperCase())
  })

  it.each(['patch', 'options', 'Purge', 'GET'])('leaves %s as it was typed', (method) => {
    expect(normal({ url, method }).method).toBe(method)
  })

  it('has its headers in lower case, copied', () => {
    const headers = new Headers({ Accept: 'a', 'X-Own': 'b' })
    const request = normal({ url, headers })
    headers.set('accept', 'changed')
    expect(request.headers).toEqual([
      ['accept', 'a'],
      ['x-own', 'b'],
    ])
  })

  it('copies its body, and has none where it is empty', () => {
    const body = new Uint8Array([1, 2, 3])
    const request = normal({ url, method: 'POST', body })
    body[0] = 9
    expect(request.body).toEqual(new Uint8Array([1, 2, 3]))
    for (const empty of ['', new Uint8Array(), null])
      expect(normal({ url, method: 'POST', body: empty }).body).toBeNull()
    expect(normal({ url, body: '' }).body).toBeNull()
  })

  it('takes a Request’s credentials only where somebody chose them', () => {
    expect(normal(new Request(url, { credentials: 'omit' })).credentials).toBe('omit')
    expect(normal(new Request(url)).credentials).toBeNull()
  })

  it('is shown without body and credentials', () => {
    const request = normal({ url, method: 'POST', body: 'x', headers: { a: 'b' }, timeout: 5, credentials: 'include' })
    expect(publicRequest(request)).toEqual({
      url,
      method: 'POST',
      headers: [['a', 'b']],
      timeout: 5,
      cachePolicy: 'default',
    })
    expect(Object.isFrozen(publicRequest(request))).toBe(true)
  })
})

describe('a bad request', () => {
  it.each([
    ['', 'badURL'],
    ['not a URL', 'badURL'],
    ['https://', 'badURL'],
    ['https://host.test:999999/', 'badURL'],
    ['http://[::1', 'badURL'],
    ['ftp://host.test/a', 'unsupportedURL'],
    ['file:///etc/passwd', 'unsupportedURL'],
    ['data:text/plain,x', 'unsupportedURL'],
    ['blob:https://host.test/uuid', 'unsupportedURL'],
    ['javascript:alert(1)', 'unsupportedURL'],
    [null, 'unsupportedURL'],
    [5, 'unsupportedURL'],
    [{}, 'unsupportedURL'],
  ])('%j: %s', (input, code) => {
    expect(() => normal(input)).toThrow(expect.objectContaining({ code, phase: 'setup', name: 'URLError' }))
  })

  it('an IPv6 address is none', () => {
    expect(normal('http://[::1]:8080/a').url).toBe('http://[::1]:8080/a')
  })

  it.each([
    ['file:///etc/passwd', BROWSER_SCHEMES, 'a page cannot read paths'],
    ['ftp://host.test/a', BROWSER_SCHEMES, 'browsers have no FTP'],
    ['opfs:/a', NODE_SCHEMES, 'use file:'],
    ['ssh://host.test', NODE_SCHEMES, 'put a protocol that accepts it'],
    ['javascript:alert(1)', BROWSER_SCHEMES, 'put a protocol that accepts it'],
  ])('%s, whose scheme is named, and what could load it', (text, schemes, hint) => {
    expect(() => normal(text, null, schemes)).toThrow(
      expect.objectContaining({ code: 'unsupportedURL', number: -1002, url: text }),
    )
    expect(() => normal(text, null, schemes)).toThrow(`the scheme ${new URL(text).protocol}`)
    expect(() => normal(text, null, schemes)).toThrow(hint)
  })

  it.each(['GET', 'HEAD', 'get'])('%s with a body', (method) => {
    expect(() => normal({ url, method, body: 'x' })).toThrow(
      expect.objectContaining({ code: 'dataLengthExceedsMaximum' }),
    )
  })

  it.each([
    [{ method: 'CONNECT' }, '"method" was "CONNECT"; allowed is an HTTP method other than CONNECT, TRACE and TRACK'],
    [{ method: 'trace' }, '"method" was "trace"'],
    [{ method: 'GE T' }, '"method" was "GE T"'],
    [{ method: '' }, '"method" was ""'],
    [{ method: 'POST', body: 5 }, '"body" was something else; allowed is a string, a buffer, a Blob'],
    [{ method: 'POST', body: {} }, '"body" was something else'],
    [{ timeout: 0 }, '"timeout" was 0; allowed is a number of milliseconds above 0, at most a year'],
    [{ timeout: -1 }, '"timeout" was -1'],
    [{ timeout: '5s' }, '"timeout" was 5s'],
    [
      { cachePolicy: 'always' },
      '"cachePolicy" was "always"; allowed is default, no-store, reload, no-cache, force-cache, only-if-cached',
    ],
    [{ credentials: 'always' }, '"credentials" was "always"; allowed is omit, same-origin, include'],
    [{ headers: { 'a b': 'c' } }, '"headers" has a name or value that HTTP does not allow'],
    [{ headers: { a: 'b\nc' } }, '"headers" has a name or value that HTTP does not allow'],
    [{ headers: { a: '€' } }, '"headers" has a name or value that HTTP does not allow'],
  ])('%o', (fields, message) => {
    expect(() => normal({ url, ...fields })).toThrow(TypeError)
    expect(() => normal({ url, ...fields })).toThrow(`request: ${message}`)
  })

  it('a Request with a body, which cannot be stored', () => {
    expect(() => normal(new Request(url, { method: 'POST', body: 'x' }))).toThrow(
      /"body" was of a kind that cannot be stored/,
    )
  })
})
