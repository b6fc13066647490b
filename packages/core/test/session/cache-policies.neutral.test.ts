/** What a session with a cache asks its server for, policy by policy, and what its caller sees of it. */
import { URLError, type CachePolicy } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, origin, rejection, unique } from '../support/session.ts'
import { cached, count, keepable } from './support/caches.ts'

describe('an answer that is fresh', () => {
  it('is given again without a request, with its age, and is told from one of the network', async () => {
    const { session } = await cached()
    const file = await keepable('max-age=600', { headers: { 'Set-Cookie': 'a=b', Age: '100' } })
    const first = session.data(file.url)
    const second = session.data(file.url)
    const [one] = [await first, await second]
    const third = session.data(file.url)
    const again = await third
    expect(await count(file)).toBeLessThanOrEqual(2)
    expect(again.data).toEqual(one.data)
    const { url, status, headers } = again.response
    expect([url, status]).toEqual([one.response.url, 200])
    if (inNode) expect(Number(headers.get('age'))).toBeGreaterThanOrEqual(100)
    else expect(headers.get('age')).toMatch(/^\d+$/)
    expect(headers.get('set-cookie')).toBeNull()
    expect(first.task.metrics?.transactions.map(({ fromCache }) => fromCache)).toEqual([undefined])
    expect(third.task.metrics?.transactions).toMatchObject([{ fromCache: 'stored', bytes: 1000, status: 200 }])
  })

  it('is one to HEAD as well, and to every form in which a body is had', async () => {
    const { session } = await cached()
    const file = await keepable('max-age=600', { body: '{"a":1}\n' })
    expect(await session.json(file.url)).toEqual({ a: 1 })
    expect(await (await session.fetch(file.url)).json()).toEqual({ a: 1 })
    let length = 0
    for await (const bytes of (await session.bytes(file.url)).bytes) length += bytes.byteLength
    expect(length).toBe(8)
    const lines: string[] = []
    for await (const line of session.lines(file.url)) lines.push(line)
    expect(lines).toEqual(['{"a":1}'])
    const head = await session.data({ url: file.url, method: 'HEAD' })
    expect([head.response.status, head.data.byteLength]).toEqual([200, 0])
    expect(await count(file)).toBe(1)
  })

  it('is not given where somebody is asked for other credentials or another query', async () => {
    const { session } = await cached()
    const file = await keepable('max-age=600')
    await session.data(file.url)
    await session.data(`${file.url}?other`)
    expect(await count(file)).toBe(2)
    if (!inNode) return
    await session.data({ url: file.url, credentials: 'omit' })
    expect(await count(file)).toBe(3)
  })

  it('is the browser’s own affair, or nobody’s, in a session without a cache', async () => {
    const file = await keepable('no-store')
    const session = makeSession()
    for (let time = 0; time < 2; time++) await session.data(file.url)
    expect(await count(file)).toBe(2)
  })
})

describe('an answer that is stale', () => {
  it('is asked about, and given as 200 with its body where it still holds', async () => {
    const { session } = await cached()
    const file = await keepable('max-age=0')
    const first = await session.data(file.url)
    const second = session.data(file.url)
    expect((await second).data).toEqual(first.data)
    expect((await second).response.status).toBe(200)
    expect(second.task.metrics?.transactions).toMatchObject([{ fromCache: 'revalidated', bytes: 1000, status: 200 }])
    const requests = await file.requests()
    expect(requests.map(({ status, bytesSent }) => [status, bytesSent])).toEqual([
      [200, 1000],
      [304, 0],
    ])
    expect(requests[1]?.headers['if-none-match']).toBe(file.etag)
  })

  it('is fresh again for as long as the confirmation says', async () => {
    const { session } = await cached()
    const file = await keepable('max-age=0')
    await session.data(file.url)
    await file.behave({ headers: { 'Cache-Control': 'max-age=600' } })
    for (let time = 0; time < 3; time++) expect((await session.data(file.url)).data.byteLength).toBe(1000)
    expect((await file.requests()).map(({ status }) => status)).toEqual([200, 304])
  })

  it('gives way to the one that took its place', async () => {
    const { session, cache } = await cached()
    const file = await keepable('max-age=0')
    const first = await session.data(file.url)
    await file.change()
    const second = await session.data(file.url)
    expect(second.data).not.toEqual(first.data)
    expect((await cache.get(file.url))?.data).toEqual(second.data)
    expect((await file.requests()).map(({ status }) => status)).toEqual([200, 200])
  })

  it('is given while it is asked about, where the server allows that', async () => {
    const { session } = await cached()
    const file = await keepable('max-age=0, stale-while-revalidate=600')
    await session.data(file.url)
    const second = session.data(file.url)
    await second
    expect(second.task.metrics?.transactions).toMatchObject([{ fromCache: 'stored' }])
    await origin.when({ file: file.name, status: 304 })
    expect(await count(file)).toBe(2)
  })

  it('is better than a failure, where the server says so', async () => {
    const { session } = await cached()
    const [lasting, passing] = [await keepable('max-age=0, stale-if-error=600'), await keepable('max-age=0')]
    for (const file of [lasting, passing]) {
      await session.data(file.url)
      await file.behave({ status: 503 })
    }
    expect((await session.data(lasting.url)).response.status).toBe(200)
    expect((await session.data(passing.url)).response.status).toBe(503)
    for (const file of [lasting, passing]) await file.behave({ status: null, beforeHead: 'reset' })
    expect((await session.data(lasting.url)).response.status).toBe(200)
    expect(URLError.is(await rejection(session.data(passing.url)))).toBe(true)
  })

  it('of another origin that allows no conditions is asked for without them', async () => {
    const { session } = await cached()
    const file = await keepable('max-age=0', { preflight: 'refuse' })
    for (let time = 0; time < 3; time++) expect((await session.data(file.url)).data.byteLength).toBe(1000)
    expect((await file.requests()).map(({ status }) => status)).toEqual(inNode ? [200, 304, 304] : [200, 200, 200])
    const preflights = await origin.journal({ file: file.name, method: 'OPTIONS' })
    expect(preflights.length).toBe(inNode ? 0 : 1)
  })
})

describe('the policy', () => {
  it('of a session holds for requests that name none', async () => {
    const { session } = await cached({ cachePolicy: 'no-cache' })
    const file = await keepable('max-age=600')
    for (const request of [file.url, file.url, { url: file.url, cachePolicy: 'default' as const }])
      await session.data(request)
    expect((await file.requests()).map(({ status }) => status)).toEqual([200, 304])
  })

  it('that only requests have is refused where a download would take it from its session', async () => {
    const { session } = await cached({ cachePolicy: 'force-cache' })
    const file = await keepable('max-age=600')
    await expect(session.download(file.url)).rejects.toThrow('"cachePolicy" was "force-cache"')
    expect((await session.download({ url: file.url, cachePolicy: 'default' })).response.status).toBe(200)
  })

  it.each<[CachePolicy, number[]]>([
    ['no-store', [200, 200]],
    ['reload', [200, 200]],
    ['no-cache', [200, 304]],
    ['default', [200]],
    ['force-cache', [200]],
    ['only-if-cached', [200]],
  ])('%s after a fresh answer makes the requests that it is for', async (cachePolicy, statuses) => {
    const { session } = await cached()
    const file = await keepable('max-age=600')
    await session.data(file.url)
    expect((await session.data({ url: file.url, cachePolicy })).data.byteLength).toBe(1000)
    expect((await file.requests()).map(({ status }) => status)).toEqual(statuses)
  })

  it('no-store keeps nothing, reload keeps what comes', async () => {
    const { session, cache } = await cached()
    const file = await keepable('max-age=600')
    await session.data({ url: file.url, cachePolicy: 'no-store' })
    expect(await cache.get(file.url)).toBeNull()
    await session.data({ url: file.url, cachePolicy: 'reload' })
    expect(await cache.get(file.url)).not.toBeNull()
  })

  it('force-cache minds no age, and asks where nothing is there', async () => {
    const { session } = await cached()
    const file = await keepable('max-age=0, no-cache')
    for (let time = 0; time < 3; time++) await session.data({ url: file.url, cachePolicy: 'force-cache' })
    expect(await count(file)).toBe(1)
  })

  it('only-if-cached fails where nothing is there, without a request, also without a cache', async () => {
    const file = await keepable('max-age=600')
    const request = { url: file.url, cachePolicy: 'only-if-cached' } as const
    for (const session of [(await cached()).session, makeSession()])
      expect(await rejection(session.data(request))).toMatchObject({
        code: 'resourceUnavailable',
        attempts: 1,
        url: file.url,
      })
    expect(await count(file)).toBe(0)
  })

  it('is for fetch what it is called there', async () => {
    const { session } = await cached()
    const file = await keepable('max-age=600')
    const failure = await rejection(session.fetch(file.url, { cache: 'only-if-cached', mode: 'cors' }))
    expect(failure).toMatchObject({ name: 'TypeError', cause: { code: 'resourceUnavailable' } })
    await (await session.fetch(file.url)).text()
    const stored = await session.fetch(file.url, { cache: 'force-cache' })
    expect((await stored.arrayBuffer()).byteLength).toBe(1000)
    await (await session.fetch(file.url, { cache: 'no-store' })).text()
    expect(await count(file)).toBe(2)
  })

  it('of a transfer is one of those that it has', async () => {
    const session = makeSession()
    const request = { url: `${origin.url}/${unique('none.bin')}`, cachePolicy: 'force-cache' } as const
    expect(() => session.downloadTask(request)).toThrow(/"cachePolicy" was "force-cache"/)
  })
})

describe('a caller with a cache of his own', () => {
  it('sees the 304 that his condition calls for', async () => {
    const { session } = await cached()
    const file = await keepable('max-age=600')
    await session.data(file.url)
    const { response, data } = await session.data({ url: file.url, headers: { 'If-None-Match': file.etag ?? '' } })
    expect([response.status, data.byteLength]).toEqual([304, 0])
    expect((await session.data(file.url)).response.status).toBe(200)
    expect(await count(file)).toBe(2)
  })
})

describe('a request that changes something', () => {
  it('lets the answer go that was kept for its URL, unless it failed', async () => {
    const { session, cache } = await cached()
    const file = await keepable('max-age=600')
    await session.data(file.url)
    await file.nextResponses([{ status: 409 }])
    await session.data({ url: file.url, method: 'POST', body: 'x' })
    expect(await cache.get(file.url)).not.toBeNull()
    await session.data({ url: file.url, method: 'POST', body: 'x' })
    expect(await cache.get(file.url)).toBeNull()
  })
})
