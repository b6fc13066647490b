/** One cache for several sessions, and one disk for several caches, as tabs and processes have them. */
import { SessionConfiguration } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { makeSession, unique } from '../support/session.ts'
import { cached, count, keepable, makeCache } from './support/caches.ts'

const freshName = (): string => unique('shared').replaceAll('.', '-')

describe('sessions with one disk', () => {
  it('have each other’s answers, and their confirmations', async () => {
    const name = freshName()
    const [first, second] = [await makeCache({ name }), await makeCache({ name })]
    const [mine, theirs] = [makeSession({ cache: first }), makeSession({ cache: second })]
    const file = await keepable('max-age=0')
    const { data } = await mine.data(file.url)
    await first.flush()
    await file.behave({ headers: { 'Cache-Control': 'max-age=600' } })
    expect((await theirs.data(file.url)).data).toEqual(data)
    await second.flush()
    expect((await mine.data(file.url)).data).toEqual(data)
    expect((await file.requests()).map(({ status }) => status)).toEqual([200, 304])
  })

  it('keep one answer where both ask at once', async () => {
    const name = freshName()
    const caches = [await makeCache({ name }), await makeCache({ name })]
    const file = await keepable('max-age=600')
    await Promise.all(caches.map((cache) => makeSession({ cache }).data(file.url)))
    for (const cache of caches) await cache.flush()
    const third = makeSession({ cache: await makeCache({ name }) })
    expect((await third.data(file.url)).data.byteLength).toBe(1000)
    expect(await count(file)).toBeLessThanOrEqual(2)
  })
})

describe('an ephemeral session', () => {
  it('uses the memory of its cache, and nothing of the disk', async () => {
    const name = freshName()
    const [disk, cache] = [await makeCache({ name }), await makeCache({ name })]
    const [known, own] = [await keepable('max-age=600'), await keepable('max-age=600')]
    await makeSession({ cache: disk }).data(known.url)
    await disk.flush()
    const session = makeSession(SessionConfiguration.ephemeral({ cache }))
    for (let time = 0; time < 2; time++) for (const { url } of [known, own]) await session.data(url)
    expect(await Promise.all([known, own].map(count))).toEqual([2, 1])
    expect(await disk.currentDiskUsage()).toBe(1000)
    expect(await disk.get(own.url)).toBeNull()
  })
})

describe('reset', () => {
  it('empties the cache and says so', async () => {
    const { session, cache } = await cached()
    const file = await keepable('max-age=600')
    await session.data(file.url)
    expect((await session.reset()).cleared).toContain('cache')
    expect([await cache.get(file.url), await cache.currentDiskUsage()]).toEqual([null, 0])
    await session.data(file.url)
    expect(await count(file)).toBe(2)
    expect((await makeSession().reset()).cleared).not.toContain('cache')
  })
})
