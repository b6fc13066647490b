/** A request that cannot be made fails at the call, typed, saying why; and nothing is asked for. */
import type { RequestLike } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, rejection, serve } from '../support/session.ts'

const http = 'http://127.0.0.1:9/x'

const urlErrors: [given: unknown, code: string, message: RegExp][] = [
  ['https://', 'badURL', /"https:\/\/" has a URL that cannot be parsed/],
  ['https://example.com:999999/', 'badURL', /cannot be parsed \(give an absolute https URL\)/],
  [{ url: 'https://[::1' }, 'badURL', /cannot be parsed/],
  ...(inNode
    ? ([['opfs:/x', 'unsupportedURL', /nothing here loads the scheme opfs:.*use file:/]] as [unknown, string, RegExp][])
    : ([
        ['ftp://example.com/x', 'unsupportedURL', /nothing here loads the scheme ftp:.*browsers have no FTP/],
        ['file:///etc/passwd', 'unsupportedURL', /the scheme file:.*a page cannot read paths/],
      ] as [unknown, string, RegExp][])),
  ['ssh://example.com', 'unsupportedURL', /the scheme ssh:/],
  ['javascript:alert(1)', 'unsupportedURL', /the scheme javascript:/],
  [undefined, 'unsupportedURL', /the request was undefined; allowed is a URL, a Request or \{ url, … \}/],
  [null, 'unsupportedURL', /the request was null/],
  [7, 'unsupportedURL', /the request was number/],
  [{}, 'unsupportedURL', /the request was object/],
  [{ url: http, body: 'x' }, 'dataLengthExceedsMaximum', /GET cannot carry a body.*use POST/],
  [{ url: http, method: 'HEAD', body: new Uint8Array(3) }, 'dataLengthExceedsMaximum', /HEAD cannot carry a body/],
]

const typeErrors: [given: unknown, message: RegExp][] = [
  [{ url: http, method: 'CONNECT' }, /"method" was "CONNECT".*other than CONNECT, TRACE and TRACK/],
  [{ url: http, method: 'trace' }, /"method" was "trace"/],
  [{ url: http, method: 'GE T' }, /"method" was "GE T"/],
  [{ url: http, method: '' }, /"method" was ""/],
  [{ url: http, method: 7 }, /"method" was 7/],
  [{ url: http, headers: { 'a b': 'c' } }, /"headers" has a name or value that HTTP does not allow/],
  [{ url: http, headers: [['x', 'a\r\nInjected: yes']] }, /"headers" has a name or value/],
  [{ url: http, headers: { x: '雪' } }, /"headers" has a name or value/],
  [{ url: http, timeout: 0 }, /"timeout" was 0; allowed is a number of milliseconds above 0/],
  [{ url: http, timeout: 'soon' }, /"timeout" was soon/],
  [{ url: http, cachePolicy: 'always' }, /"cachePolicy" was "always"; allowed is default, no-store, reload, no-cache/],
  [{ url: http, credentials: 'some' }, /"credentials" was "some"; allowed is omit, same-origin, include/],
  [{ url: http, method: 'POST', body: { a: 1 } }, /"body" was something else; allowed is a string, a buffer, a Blob/],
  [
    new Request(http, { method: 'POST', body: 'x' }),
    /"body" was of a kind that cannot be stored; allowed for a download is a string or a buffer/,
  ],
]

describe('a request that cannot be made', () => {
  it.each(urlErrors)('%s fails with %s', async (given, code, message) => {
    const session = makeSession()
    const make = (): unknown => session.downloadTask(given as RequestLike)
    expect(make).toThrow(expect.objectContaining({ code, phase: 'setup', retryable: false }))
    expect(make).toThrow(message)
    expect(await rejection(session.download(given as RequestLike))).toMatchObject({ code })
    expect(await session.tasks()).toEqual([])
  })

  it.each(typeErrors)('%s is a TypeError', async (given, message) => {
    const session = makeSession()
    const make = (): unknown => session.downloadTask(given as RequestLike)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
    expect(await rejection(session.download(given as RequestLike))).toBeInstanceOf(TypeError)
  })

  it.runIf(inNode)('is a relative URL, where there is no page to relate it to', () => {
    expect(() => makeSession().downloadTask('/film.mp4')).toThrow(/"\/film\.mp4" has a URL that cannot be parsed/)
  })

  it.skipIf(inNode)('is not a relative URL: that is meant from the page’s own address', () => {
    const task = makeSession().downloadTask('films/one.mp4')
    expect(task.originalRequest.url).toBe(new URL('films/one.mp4', document.baseURI).href)
  })
})

describe('a request that is odd, but can be made', () => {
  it.each([
    ['gEt', 'GET'],
    ['post', 'POST'],
    ['put', 'PUT'],
    ['DeLeTe', 'DELETE'],
    ['head', 'HEAD'],
    ['OPTIONS', 'OPTIONS'],
    ['patch', 'patch'],
    ['Custom', 'Custom'],
  ])('has its method %s as %s', (given, method) => {
    expect(makeSession().downloadTask({ url: http, method: given }).originalRequest.method).toBe(method)
  })

  it('has no user and no password, which are not sent either', async () => {
    const file = await serve('user.bin', { size: 10 })
    const task = makeSession().downloadTask(file.url.replace('://', '://user:secret@'))
    expect(task.originalRequest.url).toBe(file.url)
    await task.resume().finished
    expect((await file.requests())[0]?.headers['authorization']).toBe(undefined)
  })

  it('may have an empty body with GET, which is none', async () => {
    const { url } = await serve('bodiless.bin', { size: 10 })
    for (const body of ['', new Uint8Array(), null])
      expect((await makeSession().download({ url, body })).file.size).toBe(10)
  })

  it('may be a POST, whose answer is the file, asked for once', async () => {
    const { url } = await serve('any.bin', { size: 1 })
    const { file } = await makeSession().download({ url: new URL('/echo', url).href, method: 'POST', body: 'question' })
    expect(JSON.parse(await (await file.blob()).text())).toMatchObject({ method: 'POST', body: 'question' })
  })
})
