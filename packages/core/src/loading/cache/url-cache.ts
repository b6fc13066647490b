/** Owns answers that are kept to be given again: in memory, and on disk where there is one, each up to its capacity. */
import { named } from '../../model/named-response.ts'
import { URLResponse } from '../../model/response.ts'
import { cacheKey, type CachedURLResponse, type ResponseCache, type StoredHead } from '../../model/url-cache.ts'
import type { RecordStore } from '../../ports/record-store.ts'
import { DiskTier } from './disk-tier.ts'
import { directivesOf, keptHeaders } from './freshness.ts'
import { MemoryTier } from './memory-tier.ts'

export interface URLCacheOptions {
  /** Bytes of bodies in memory. Default 4,194,304 (4 MiB); 0: none there. */
  readonly memoryCapacity?: number
  /** Bytes of bodies on disk. Default 20,971,520 (20 MiB); 0: none there. */
  readonly diskCapacity?: number
  /** Caches of the same name share what is on disk, in all tabs of the origin or processes of the state directory. Default `'default'`. */
  readonly name?: string
}

/** What a request for which an answer is kept may be given as. */
type Asked = string | URL | { readonly url: string }

/** Of a capacity: what is longer would drive too much else out. Apple's rule. */
const LARGEST_SHARE = 0.05

/**
 * Answers for the `cache` of sessions (RFC 9111), to look into, to fill and to empty. One may serve any number of sessions; ephemeral ones
 * use nothing of it but its memory. Credentials and cookies are in none of its records.
 */
export class URLCache implements ResponseCache {
  readonly #memory = new MemoryTier()
  readonly #open: (() => Promise<RecordStore>) | null
  readonly #name: string
  readonly #uid: () => string
  #capacity: Readonly<Required<Pick<URLCacheOptions, 'memoryCapacity' | 'diskCapacity'>>>
  #disk: Promise<DiskTier> | null = null
  /** Changes of the disk, one after the other: what was taken away does not come back. */
  #last: Promise<unknown> = Promise.resolve()

  /** @param open Opens what the disk is made of; null: there is none. */
  constructor(options: URLCacheOptions, uid: () => string, open: (() => Promise<RecordStore>) | null) {
    const { memoryCapacity = 4_194_304, diskCapacity = 20_971_520, name = 'default' } = options
    if (!/^[\w-]{1,64}$/.test(name))
      throw new TypeError(`URLCache: "name" was ${JSON.stringify(name)}; allowed is 1 to 64 of a-z, A-Z, 0-9, _ and -`)
    this.#capacity = checked({ memoryCapacity, diskCapacity })
    this.#name = name
    this.#uid = uid
    this.#open = open
  }

  get memoryCapacity(): number {
    return this.#capacity.memoryCapacity
  }

  get diskCapacity(): number {
    return this.#capacity.diskCapacity
  }

  /** Bytes of bodies in memory. */
  get currentMemoryUsage(): number {
    return this.#memory.usage
  }

  /** Bytes of bodies on disk, by whomever they were written. */
  async currentDiskUsage(): Promise<number> {
    await this.#last
    return (
      (await this.#tier()
        ?.then((disk) => disk.usage())
        .catch(() => 0)) ?? 0
    )
  }

  /** Changes capacities; of what has no room any more the oldest goes. */
  async resize(options: Pick<URLCacheOptions, 'memoryCapacity' | 'diskCapacity'>): Promise<void> {
    const tier = this.#tier()
    this.#capacity = checked({ ...this.#capacity, ...options })
    this.#memory.shrink(this.memoryCapacity)
    await this.#changing(async () => (await tier)?.shrink(this.diskCapacity))
  }

  /** The newest answer that is kept for the URL, also one that is too old to be used unasked; null where there is none. */
  async get(request: Asked): Promise<CachedURLResponse | null> {
    for (const head of await this.#findAll(urlOf(request))) {
      const data = await this.body(head)
      if (!data) continue
      const { response, storagePolicy, userInfo } = head
      return { response: new URLResponse(named(response)), data: data.slice(), storagePolicy, userInfo }
    }
    return null
  }

  /** Keeps an answer for a GET of the URL in the place of those that are there; resolves when it is as durable as it gets. */
  async set(cached: CachedURLResponse, request: Asked): Promise<void> {
    const { response, data, storagePolicy, userInfo } = cached
    const url = urlOf(request)
    await this.remove(url)
    if (storagePolicy === 'notAllowed' || directivesOf(response.headers).has('no-store')) return
    const { status, statusText } = response
    const headers = keptHeaders(response.headers)
    const now = Date.now()
    const head: StoredHead = {
      version: 1,
      id: this.#uid(),
      key: cacheKey(url, true),
      response: { url: response.url || url, status, statusText, headers, filename: '' },
      filtered: false,
      varied: [],
      exactly: false,
      requested: now,
      received: now,
      length: data.byteLength,
      storagePolicy,
      userInfo,
    }
    await this.keep(head, data.slice())
    await this.flush()
  }

  /** Forgets all that is kept for the URL. */
  async remove(request: Asked): Promise<void> {
    await this.drop(await this.#findAll(urlOf(request)))
  }

  /** Forgets what came, or was confirmed, at that moment or later. */
  async removeSince(date: Date): Promise<void> {
    const isLater = ({ received }: StoredHead): boolean => received >= date.getTime()
    for (const { head } of this.#memory.all()) if (isLater(head)) this.#memory.delete(head.id)
    await this.#changing(async () => {
      const disk = await this.#tier()
      for (const head of (await disk?.list())?.filter(isLater) ?? []) await disk?.delete(head)
    })
  }

  /** Forgets everything. */
  async clear(): Promise<void> {
    await this.removeSince(new Date(0))
  }

  /** Resolves when everything that was kept before is as durable as it gets. */
  async flush(): Promise<void> {
    await this.#last
  }

  /** @internal */
  longest(memoryOnly: boolean): number {
    return Math.max(this.#longest('memoryCapacity'), memoryOnly || !this.#open ? 0 : this.#longest('diskCapacity'))
  }

  /** @internal The disk's word first, since others change it; of memory, what is only there. */
  async find(key: string, memoryOnly: boolean): Promise<StoredHead[]> {
    const inMemory = this.#memory.all().filter((entry) => entry.head.key === key)
    const disk = memoryOnly ? null : await this.#tier()?.catch(() => null)
    const onDisk = (await disk?.list(key).catch(() => [])) ?? []
    const onlyHere = inMemory.filter(({ onDisk: isThere, head }) =>
      memoryOnly ? head.storagePolicy === 'inMemoryOnly' : !isThere,
    )
    const heads = new Map([...onlyHere.map(({ head }) => head), ...onDisk].map((head) => [head.id, head]))
    return [...heads.values()].toSorted((left, right) => right.received - left.received)
  }

  /** @internal */
  async body(head: StoredHead): Promise<Uint8Array<ArrayBuffer> | null> {
    const known = this.#memory.get(head.id)
    if (known) {
      this.#memory.touch(known)
      return known.body
    }
    const body =
      (await this.#tier()
        ?.then((disk) => disk.body(head))
        .catch(() => null)) ?? null
    if (!body) await this.drop([head])
    else if (this.#fits(body, 'memoryCapacity')) this.#memory.put({ head, body, onDisk: true }, this.memoryCapacity)
    return body
  }

  /** @internal */
  async keep(head: StoredHead, body: Uint8Array<ArrayBuffer>): Promise<void> {
    const isSame = (other: StoredHead): boolean =>
      other.id !== head.id && JSON.stringify(other.varied) === JSON.stringify(head.varied)
    await this.drop((await this.find(head.key, head.storagePolicy === 'inMemoryOnly')).filter(isSame))
    const isHere = this.#fits(body, 'memoryCapacity')
    if (isHere) this.#memory.put({ head, body, onDisk: false }, this.memoryCapacity)
    if (head.storagePolicy === 'inMemoryOnly' || !this.#fits(body, 'diskCapacity')) return
    const written = this.#changing(async () => {
      const disk = await this.#tier()
      // It may have been confirmed meanwhile.
      await disk?.put(this.#memory.get(head.id)?.head ?? head, body, this.diskCapacity)
      const known = this.#memory.get(head.id)
      if (known && disk) known.onDisk = true
    })
    // Whoever asks finds it in memory meanwhile.
    if (!isHere) await written
  }

  /** @internal */
  async confirm(head: StoredHead): Promise<void> {
    const known = this.#memory.get(head.id)
    if (known) this.#memory.put({ ...known, head }, this.memoryCapacity)
    if (known && !known.onDisk) return
    await this.#changing(async () => (await this.#tier())?.confirm(head))
  }

  /** @internal */
  async drop(heads: readonly StoredHead[]): Promise<void> {
    if (heads.length === 0) return
    for (const { id } of heads) this.#memory.delete(id)
    const stored = heads.filter(({ storagePolicy }) => storagePolicy === 'allowed')
    if (stored.length > 0)
      await this.#changing(async () => {
        const disk = await this.#tier()
        for (const head of stored) await disk?.delete(head)
      })
  }

  async #findAll(url: string): Promise<StoredHead[]> {
    const found = [true, false].flatMap((credentials) => {
      const key = cacheKey(url, credentials)
      return [this.find(key, false), this.find(key, true)]
    })
    const heads = new Map((await Promise.all(found)).flat().map((head) => [head.id, head]))
    return [...heads.values()].toSorted((left, right) => right.received - left.received)
  }

  /** Null where there is none. What could not be opened is tried again by the next who needs it. */
  #tier(): Promise<DiskTier> | null {
    if (!this.#open || this.diskCapacity === 0) return null
    this.#disk ??= this.#open().then((records) => new DiskTier(records, this.#name))
    this.#disk.catch(() => (this.#disk = null))
    return this.#disk
  }

  #longest(of: 'memoryCapacity' | 'diskCapacity'): number {
    return Math.floor(this.#capacity[of] * LARGEST_SHARE)
  }

  #fits(body: Uint8Array, of: 'memoryCapacity' | 'diskCapacity'): boolean {
    return this.#capacity[of] > 0 && body.byteLength <= this.#longest(of)
  }

  /** A disk that takes nothing, or cannot be read, is as one that is not there. */
  #changing(work: () => Promise<unknown>): Promise<void> {
    const done = this.#last.then(work).then(
      () => {},
      () => {},
    )
    this.#last = done
    return done
  }
}

const urlOf = (request: Asked): string =>
  new URL(typeof request === 'string' || request instanceof URL ? request : request.url).href

/** @throws {TypeError} */
function checked<T extends Readonly<Record<string, number>>>(capacities: T): T {
  for (const [name, value] of Object.entries(capacities))
    if (!Number.isSafeInteger(value) || value < 0)
      throw new TypeError(`URLCache: "${name}" was ${String(value)}; allowed is a whole number of bytes`)
  return capacities
}
