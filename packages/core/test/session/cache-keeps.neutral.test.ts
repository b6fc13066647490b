/** A cache by itself: what was kept is found, replaced and forgotten, in memory and on disk, within its capacities. */
import { openURLCache, URLResponse, type CachedURLResponse, type CacheStoragePolicy } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { directory, unique } from '../support/session.ts'
import { makeCache } from './support/caches.ts'

const url = 'https://example.com/kept?first'

function answer(length: number, storagePolicy: CacheStoragePolicy = 'allowed', userInfo = null): CachedURLResponse {
  const head = { url, status: 200, statusText: 'OK', headers: [['x-length', `${length}`]], filename: '' }
  const response = new URLResponse(head as ConstructorParameters<typeof URLResponse>[0])
  return { response, data: new Uint8Array(length).fill(length % 256), storagePolicy, userInfo }
}

/** Another object over the same disk, as another tab has it. */
const named = (name: string) => openURLCache({ name, ...(directory && { directory }) })
const freshName = (): string => unique('shared').replaceAll('.', '-')

describe('an answer', () => {
  it('is found as it was kept, also by others with the same disk', async () => {
    const name = freshName()
    const cache = await makeCache({ name })
    await cache.set({ ...answer(300), userInfo: { mine: [1] } }, url)
    for (const one of [cache, await named(name)]) {
      const found = await one.get(url)
      expect(found).toMatchObject({ storagePolicy: 'allowed', userInfo: { mine: [1] }, data: answer(300).data })
      expect([found?.response.status, found?.response.headers.get('x-length')]).toEqual([200, '300'])
    }
    expect([cache.currentMemoryUsage, await cache.currentDiskUsage()]).toEqual([300, 300])
  })

  it('replaces the one before, and is another than that of another query', async () => {
    const cache = await makeCache()
    await cache.set(answer(10), url)
    await cache.set(answer(20), `${url}#fragment`)
    await cache.set(answer(30), 'https://example.com/kept?second')
    expect((await cache.get(new URL(url)))?.data.byteLength).toBe(20)
    expect([cache.currentMemoryUsage, await cache.currentDiskUsage()]).toEqual([50, 50])
    await cache.remove({ url })
    expect(await cache.get(url)).toBeNull()
    expect((await cache.get('https://example.com/kept?second'))?.data.byteLength).toBe(30)
    expect([cache.currentMemoryUsage, await cache.currentDiskUsage()]).toEqual([30, 30])
  })

  it('is not changed by whoever gave it or got it', async () => {
    const cache = await makeCache()
    const given = answer(10)
    await cache.set(given, url)
    given.data.fill(0)
    ;(await cache.get(url))?.data.fill(0)
    expect((await cache.get(url))?.data).toEqual(answer(10).data)
  })

  it('with the policy notAllowed is not kept, and with inMemoryOnly on no disk', async () => {
    const name = freshName()
    const cache = await makeCache({ name })
    await cache.set(answer(10, 'notAllowed'), url)
    expect(await cache.get(url)).toBeNull()
    await cache.set(answer(10, 'inMemoryOnly'), url)
    expect((await cache.get(url))?.storagePolicy).toBe('inMemoryOnly')
    expect(await cache.currentDiskUsage()).toBe(0)
    expect(await (await named(name)).get(url)).toBeNull()
  })

  it('that somebody else has removed is gone, although it is in memory', async () => {
    const name = freshName()
    const [mine, theirs] = [await makeCache({ name }), await named(name)]
    await mine.set(answer(10), url)
    await theirs.remove(url)
    expect(await mine.get(url)).toBeNull()
  })
})

describe('all answers', () => {
  it('are forgotten, or those that came since a moment', async () => {
    const cache = await makeCache()
    await cache.set(answer(10), url)
    await cache.set(answer(20, 'inMemoryOnly'), 'https://example.com/other')
    await cache.removeSince(new Date(Date.now() + 60_000))
    expect(await cache.get(url)).not.toBeNull()
    await cache.removeSince(new Date(Date.now() - 60_000))
    expect([await cache.get(url), await cache.get('https://example.com/other')]).toEqual([null, null])
    await cache.set(answer(10), url)
    await cache.clear()
    expect([await cache.get(url), cache.currentMemoryUsage, await cache.currentDiskUsage()]).toEqual([null, 0, 0])
  })
})

describe('a capacity', () => {
  const other = (index: number): string => `https://example.com/${index}`

  it('of nothing leaves its tier out', async () => {
    const onDisk = await makeCache({ memoryCapacity: 0 })
    await onDisk.set(answer(10), url)
    expect([onDisk.currentMemoryUsage, await onDisk.currentDiskUsage()]).toEqual([0, 10])
    expect((await onDisk.get(url))?.data).toEqual(answer(10).data)
    const inMemory = await makeCache({ diskCapacity: 0 })
    await inMemory.set(answer(10), url)
    expect([inMemory.currentMemoryUsage, await inMemory.currentDiskUsage()]).toEqual([10, 0])
    expect((await inMemory.get(url))?.data).toEqual(answer(10).data)
  })

  it('is for answers of a twentieth of it at most', async () => {
    const cache = await makeCache({ memoryCapacity: 2000, diskCapacity: 20_000 })
    await cache.set(answer(100), other(1))
    await cache.set(answer(101), other(2))
    await cache.set(answer(1001), other(3))
    expect([cache.currentMemoryUsage, await cache.currentDiskUsage()]).toEqual([100, 201])
    expect(await cache.get(other(3))).toBeNull()
  })

  it('that is used up lets the oldest go, on disk; in memory what was not used for the longest time', async () => {
    const cache = await makeCache({ memoryCapacity: 2000, diskCapacity: 4000 })
    for (let index = 0; index < 30; index++) {
      await cache.set(answer(100), other(index))
      await cache.get(other(0))
    }
    expect(cache.currentMemoryUsage).toBeLessThanOrEqual(2000)
    expect(await cache.currentDiskUsage()).toBe(3000)
    for (let index = 30; index < 45; index++) await cache.set(answer(100), other(index))
    expect(await cache.currentDiskUsage()).toBeLessThanOrEqual(4000)
    expect(await cache.get(other(44))).not.toBeNull()
    expect(await cache.get(other(0))).toBeNull()
  })

  it('that shrinks lets the oldest go', async () => {
    const cache = await makeCache({ memoryCapacity: 20_000, diskCapacity: 20_000 })
    for (let index = 0; index < 4; index++) await cache.set(answer(100 + index), other(index))
    await cache.resize({ memoryCapacity: 150, diskCapacity: 250 })
    expect([cache.memoryCapacity, cache.diskCapacity]).toEqual([150, 250])
    expect([cache.currentMemoryUsage, await cache.currentDiskUsage()]).toEqual([103, 205])
    expect([await cache.get(other(1)), (await cache.get(other(2)))?.data.byteLength]).toEqual([null, 102])
  })

  it.each([{ memoryCapacity: -1 }, { diskCapacity: 0.5 }, { name: 'a/b' }, { name: '' }])(
    'or name that is none is refused: %o',
    async (options) => {
      await expect(makeCache(options)).rejects.toThrow(TypeError)
    },
  )
})
