/** Answers that a session keeps to give them again: what the user of a cache sees, and what a session asks of one. */
import type { Json } from './json.ts'
import type { ResponseRecord, URLResponse } from './response.ts'

/** Where an answer may be kept: in memory and on disk, in memory, or not at all. */
export type CacheStoragePolicy = 'allowed' | 'inMemoryOnly' | 'notAllowed'

/** An answer with its body, as it is kept. */
export interface CachedURLResponse {
  readonly response: URLResponse
  readonly data: Uint8Array<ArrayBuffer>
  readonly storagePolicy: CacheStoragePolicy
  /** Anything of yours that is to be kept with it; plain JSON. Null where there is nothing. */
  readonly userInfo: Json | null
}

/** What is kept of an answer beside its body. Headers of requests are in it only where the answer depends on them, and never credentials. */
export interface StoredHead {
  readonly version: 1
  readonly id: string
  /** What it answers: see `cacheKey`. */
  readonly key: string
  readonly response: ResponseRecord
  /** See `WireResponse.headersFiltered`. */
  readonly filtered: boolean
  /** Headers of the request that the answer depends on (`Vary`); null for one that was not there. */
  readonly varied: readonly (readonly [name: string, value: string | null])[]
  /** What it depends on is not known: it answers only requests with these headers and no others. */
  readonly exactly: boolean
  /** When the request was sent and when its answer came, or was confirmed; milliseconds since the epoch. */
  readonly requested: number
  readonly received: number
  /** Of the body, in bytes. */
  readonly length: number
  readonly storagePolicy: Exclude<CacheStoragePolicy, 'notAllowed'>
  readonly userInfo: Json | null
}

/** What `URLCache` is to a session. */
export interface ResponseCache {
  /** @internal Answers under that key, the newest first. */
  find(key: string, memoryOnly: boolean): Promise<StoredHead[]>
  /** @internal Null where it is gone, or damaged. */
  body(head: StoredHead): Promise<Uint8Array<ArrayBuffer> | null>
  /** @internal In the place of what answers the same. Never fails: what cannot be kept is not. */
  keep(head: StoredHead, body: Uint8Array<ArrayBuffer>): Promise<void>
  /** @internal A head with newer headers, for the body that is there. */
  confirm(head: StoredHead): Promise<void>
  /** @internal */
  drop(heads: readonly StoredHead[]): Promise<void>
  /** @internal The longest body that is kept. */
  longest(memoryOnly: boolean): number
  clear(): Promise<void>
  /** Resolves when what was kept is stored. */
  flush(): Promise<void>
}

/** By URL, since a fragment is not sent, and by whether the browser's or session's credentials (cookies) went along. */
export const cacheKey = (url: string, withCredentials: boolean): string =>
  `${withCredentials ? '' : 'omit '}${url.replace(/#.*$/, '')}`
