/** Records of a cache that are damaged, half written or of somebody else, and a disk that takes nothing. */
import { describe, expect, it } from 'vitest'
import { URLCache } from '../../../src/loading/cache/url-cache.ts'
import { URLResponse } from '../../../src/model/response.ts'
import type { CachedURLResponse } from '../../../src/model/url-cache.ts'
import { MemoryRecords } from '../../../src/platform/browser/memory-records.ts'
import type { RecordStore } from '../../../src/ports/record-store.ts'

const url = 'https://example.com/'
const answer: CachedURLResponse = {
  response: new URLResponse({ url, status: 200, statusText: '', headers: [['authorization-info', 'x']], filename: '' }),
  data: new Uint8Array([1, 2, 3]),
  storagePolicy: 'allowed',
  userInfo: null,
}

let last = 0
const cacheOver = (records: RecordStore): URLCache =>
  new URLCache(
    {},
    () => `id-${++last}`,
    async () => records,
  )

/** A disk on which an answer was kept, and its two keys. */
async function filled(): Promise<{ records: MemoryRecords; head: string; body: string }> {
  const records = new MemoryRecords()
  await cacheOver(records).set(answer, url)
  const keys = (await records.entries('')).map(([key]) => key)
  const [head, body] = ['/head/', '/body/'].map((part) => keys.find((key) => key.includes(part)) ?? '') as [
    string,
    string,
  ]
  return { records, head, body }
}

describe('an answer on disk', () => {
  it('is had by another who has the disk', async () => {
    const { records } = await filled()
    expect((await cacheOver(records).get(url))?.data).toEqual(answer.data)
  })

  it.each<[string, (disk: { records: MemoryRecords; head: string; body: string }) => Promise<void>]>([
    ['whose body is shorter than it was', ({ records, body }) => records.set(body, new Uint8Array(2))],
    ['whose body is no body', ({ records, body }) => records.set(body, 'text')],
    ['whose body is gone', ({ records, body }) => records.delete(body)],
  ])('%s is not there, and leaves nothing behind', async (_name, damage) => {
    const disk = await filled()
    await damage(disk)
    const cache = cacheOver(disk.records)
    expect(await cache.get(url)).toBeNull()
    await cache.flush()
    expect(await disk.records.entries('')).toEqual([])
  })

  it.each<[string, unknown]>([
    ['of another version', { version: 2 }],
    ['that is half written', { complete: false }],
    ['without headers', { response: null }],
  ])('%s is not there', async (_name, change) => {
    const { records, head } = await filled()
    await records.set(head, { ...((await records.get(head)) as object), ...(change as object) })
    expect(await cacheOver(records).get(url)).toBeNull()
  })
})

describe('a disk that takes nothing', () => {
  const fail = (): Promise<never> => Promise.reject(new Error('full'))
  const broken: RecordStore = { get: fail, set: fail, delete: fail, entries: fail }

  it('leaves a cache its memory', async () => {
    const cache = cacheOver(broken)
    await cache.set(answer, url)
    expect((await cache.get(url))?.data).toEqual(answer.data)
    expect(await cache.currentDiskUsage()).toBe(0)
    await cache.clear()
    expect(await cache.get(url)).toBeNull()
  })
})
