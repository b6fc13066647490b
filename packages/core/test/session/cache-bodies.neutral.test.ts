/** What is kept is whole, no longer than may be, and nobody's secret. */
import { describe, expect, it } from 'vitest'
import { inNode, origin, otherOrigin, rejection, serve } from '../support/session.ts'
import { cached, count, keepable, makeCache } from './support/caches.ts'

describe('a body', () => {
  it.each(['cutAfter', 'resetAfter'] as const)('that broke off (%s) is not kept', async (how) => {
    const { session, cache } = await cached()
    const file = await keepable('max-age=600', { [how]: 400, etag: 'none' })
    await rejection(session.data(file.url))
    expect(await cache.get(file.url)).toBeNull()
  })

  it('that broke off and was gone on with is kept as the whole it became', async () => {
    const { session, cache } = await cached({ retry: { attempts: 3, baseDelay: 5, maximumDelay: 20 } })
    const file = await keepable('max-age=600')
    await file.nextResponses([{ cutAfter: 400, headers: { 'Cache-Control': 'max-age=600' } }])
    const { data } = await session.data(file.url)
    expect(data.byteLength).toBe(1000)
    expect((await cache.get(file.url))?.data).toEqual(data)
  })

  it('that its reader left is not kept', async () => {
    const { session, cache } = await cached()
    const file = await keepable('max-age=600', { size: 100_000, stallAfter: 50_000 })
    for await (const bytes of session.dataTask(file.url)) if (bytes.byteLength > 0) break
    const response = await session.fetch(file.url)
    await response.body?.cancel()
    await file.releaseStalls()
    expect(await cache.get(file.url)).toBeNull()
  })

  it('that is too long for the cache is read as ever, and not kept', async () => {
    const { session, cache } = await cached()
    for (const framing of ['length', 'chunked'] as const) {
      const file = await keepable('max-age=600', { size: 2_000_000, framing })
      expect((await session.data(file.url)).data.byteLength).toBe(2_000_000)
      expect(await cache.get(file.url)).toBeNull()
    }
  })

  it('whose length nobody announces is kept when it has come to its end', async () => {
    const { session } = await cached()
    const file = await keepable('max-age=600', { framing: 'chunked' })
    for (let time = 0; time < 2; time++) expect((await session.data(file.url)).data.byteLength).toBe(1000)
    expect(await count(file)).toBe(1)
  })

  it('that was compressed is given again as it was read', async () => {
    const { session } = await cached()
    const file = await keepable('max-age=600', { encoding: 'gzip' })
    const first = await session.data(file.url)
    const second = await session.data(file.url)
    expect(second.data).toEqual(first.data)
    expect(second.data.byteLength).toBe(1000)
    expect(await count(file)).toBe(1)
  })

  it('is streamed to its reader before it has all come', async () => {
    const { session, cache } = await cached()
    const file = await keepable('max-age=600', { size: 100_000, stallAfter: 50_000 })
    let length = 0
    for await (const bytes of session.dataTask(file.url)) {
      length += bytes.byteLength
      bytes.fill(0)
      await file.releaseStalls()
    }
    expect(length).toBe(100_000)
    expect((await cache.get(file.url))?.data.some((byte) => byte !== 0)).toBe(true)
  })
})

describe('what may not be kept', () => {
  it.each(['no-store', 'No-Store, max-age=600'])('is not: %s', async (told) => {
    const { session } = await cached()
    const file = await keepable(told)
    for (let time = 0; time < 2; time++) await session.data(file.url)
    expect(await count(file)).toBe(2)
  })

  it('is an answer to Authorization, unless the server says it may', async () => {
    const { session, cache } = await cached()
    const headers = { authorization: 'Bearer x'.repeat(3) }
    const [own, open] = [
      await keepable('max-age=600'),
      await keepable('max-age=600, public', { headers: { Vary: 'Accept' } }),
    ]
    for (const { url } of [own, open]) await session.data({ url, headers })
    expect(await cache.get(own.url)).toBeNull()
    // A page of another origin does not see what it depends on, so that it may be the credentials.
    const kept = await cache.get(open.url)
    expect(kept !== null).toBe(inNode)
    expect(JSON.stringify([...(kept?.response.headers ?? [])])).not.toContain('Bearer')
  })

  it('is one that depends on more than can be told', async () => {
    const { session, cache } = await cached()
    for (const vary of ['*', 'Cookie', 'Accept, Authorization']) {
      const file = await serve('varied.txt', { size: 10, headers: { 'Cache-Control': 'max-age=600', Vary: vary } })
      await session.data(file.url)
      if (inNode) expect(await cache.get(file.url)).toBeNull()
    }
  })
})

describe('an answer that depends on headers', () => {
  it('is given to requests with the same ones, and each has its own', async () => {
    const { session } = await cached()
    const file = await keepable('max-age=600', { headers: { Vary: 'Accept-Language' } })
    const ask = (language: string) => session.data({ url: file.url, headers: { 'accept-language': language } })
    for (const language of ['fr', 'de', 'fr', 'de']) await ask(language)
    expect(await count(file)).toBe(2)
    await session.data(file.url)
    expect(await count(file)).toBe(3)
  })
})

describe('a redirect', () => {
  it('is followed each time, and where hops are shown what it leads to is kept', async () => {
    const { session } = await cached()
    const file = await keepable('max-age=600', { redirect: { status: 301 } })
    for (let time = 0; time < 2; time++) expect((await session.data(file.url)).data.byteLength).toBe(1000)
    // A browser shows the last answer alone, which belongs to another URL than the one that was asked.
    expect(await count(file)).toBe(inNode ? 3 : 4)
  })

  it('to another origin keeps nothing under the first URL', async () => {
    const { session, cache } = await cached()
    const target = await otherOrigin.file('target.txt', { size: 10, headers: { 'Cache-Control': 'no-store' } })
    const file = await origin.file(`redirecting-${Math.random()}.txt`, { size: 1, redirect: { to: target.url } })
    await session.data(file.url)
    expect(await cache.get(file.url)).toBeNull()
  })
})

describe('a cache without any room', () => {
  it('lets every answer pass', async () => {
    const cache = await makeCache({ memoryCapacity: 0, diskCapacity: 0 })
    const { session } = await cached({ cache })
    const file = await keepable('max-age=600')
    for (let time = 0; time < 2; time++) expect((await session.data(file.url)).data.byteLength).toBe(1000)
    expect(await count(file)).toBe(2)
  })
})
