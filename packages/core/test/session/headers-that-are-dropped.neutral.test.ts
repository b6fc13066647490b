/** Which headers do not reach the server as they were set: each is named by a warning, and no other is. */
import { SessionConfiguration, type AnyTask, type Warning } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, origin, serve } from '../support/session.ts'
import { echoOf, echoURL } from './support/data.ts'

/** The Fetch Standard's forbidden request-headers (§2.2.2), some of its two kinds of names, and what Chromium adds. */
const FORBIDDEN: readonly (readonly [string, string])[] = [
  ...'accept-charset accept-encoding access-control-request-headers access-control-request-method cookie cookie2 date dnt'.split(
    ' ',
  ),
  ...'keep-alive origin referer set-cookie te upgrade via proxy-authorization proxy-mine sec-mine user-agent'.split(
    ' ',
  ),
]
  .map((name): [string, string] => [name, 'mine'])
  .concat([
    ['connection', 'close'],
    ['host', 'a.test'],
    ['x-http-method', 'TRACE'],
    ['x-http-method-override', 'connect'],
    ['x-method-override', 'GET, TRACK'],
  ])

/** Headers that look as if they might be. */
const FREE: readonly (readonly [string, string])[] = [
  ...'accept accept-language authorization if-none-match cache-control pragma priority save-data from max-forwards'.split(
    ' ',
  ),
  ...'x-forwarded-for x-requested-with content-type content-encoding last-event-id traceparent forwarded'.split(' '),
]
  .map((name): [string, string] => [name, 'mine'])
  .concat([
    ['range', 'bytes=0-1'],
    ['x-http-method-override', 'PATCH'],
  ])

const dropped = (warnings: readonly Warning[]): unknown[] =>
  warnings.filter(({ code }) => code === 'headerDropped').map(({ header }) => header)

describe('a header that is set', () => {
  it.each([...FORBIDDEN, ...FREE])('reaches the server or is named as dropped: %s: %s', async (name, value) => {
    const promise = makeSession().data({ url: echoURL, headers: { [name]: value } })
    const { headers } = await echoOf(promise)
    const arrived = headers[name] === value
    expect(dropped(promise.task.warnings)).toEqual(arrived ? [] : [name])
    // What browsers forbid, by the standard.
    expect(arrived).toBe(inNode || FREE.some(([free, kept]) => free === name && kept === value))
  })

  it.each([
    ['content-length', '7'],
    ['transfer-encoding', 'gzip'],
  ])('and would say how the body is framed is named as dropped: %s', async (name, value) => {
    const promise = makeSession().data({ url: echoURL, method: 'POST', body: 'four', headers: { [name]: value } })
    expect(await echoOf(promise)).toMatchObject({ body: 'four', headers: { 'content-length': '4' } })
    expect(dropped(promise.task.warnings)).toEqual([name])
  })

  it.runIf(inNode)('and cannot be sent fails the request, by name', async () => {
    const failing = makeSession().data({ url: echoURL, headers: { trailer: 'x-mine' } })
    await expect(failing).rejects.toMatchObject({
      name: 'URLError',
      message: expect.stringContaining('ERR_HTTP_TRAILER'),
    })
  })
})

describe.skipIf(inNode)('a browser’s warning of a dropped header', () => {
  it('comes once a task, of the request’s, the session’s and an adapter’s', async () => {
    const told: [AnyTask, Warning][] = []
    const session = makeSession(
      SessionConfiguration.default({
        headers: { Referer: 'https://a.test/', 'x-fine': '1' },
        adapters: [{ adapt: (request) => ({ ...request, headers: [...new Headers(request.headers), ['via', 'me']] }) }],
      }),
      { didWarn: (task, warning) => void told.push([task, warning]) },
    )
    const promise = session.data({ url: echoURL, headers: { Cookie: 'a=b', referer: 'https://b.test/' } })
    expect((await echoOf(promise)).headers).toMatchObject({ 'x-fine': '1' })
    const { task } = promise
    expect(dropped(task.warnings)).toEqual(['cookie', 'referer', 'via'])
    expect(told).toEqual(task.warnings.map((warning) => [task, warning]))
    expect(task.warnings[0]?.message).toMatch(/"cookie".*credentials/)
  })

  it('comes for downloads too', async () => {
    const file = await serve('dropped.bin', { size: 100 })
    const session = makeSession({ headers: { 'user-agent': 'mine' } })
    const promise = session.download({ url: file.url, headers: { date: 'today', 'x-fine': '1' } })
    await promise
    const { task } = promise
    expect(dropped(task.warnings)).toEqual(['date', 'user-agent'])
    const headers = (await file.requests()).at(-1)?.headers
    expect(headers).toMatchObject({ 'x-fine': '1' })
    expect(headers).not.toMatchObject({ date: 'today' })
  })

  it('does not come for what a protocol of the caller’s loads: that one gets them all', async () => {
    let seen: string | null = null
    const session = makeSession({
      protocols: [
        {
          accepts: ({ url }) => url.endsWith('/mine'),
          load: ({ headers }) => {
            seen = headers.get('cookie')
            return new Response()
          },
        },
      ],
    })
    const promise = session.data({ url: `${origin.url}/mine`, headers: { cookie: 'a=b' } })
    await promise
    expect(promise.task.warnings).toEqual([])
    expect(seen).toBe('a=b')
  })
})
