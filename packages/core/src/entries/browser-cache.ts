/** A cache in a browser; its code comes when it is opened. */
import type { URLCache, URLCacheOptions } from '../loading/cache/url-cache.ts'
import { browserChance } from '../platform/browser/browser-chance.ts'

/**
 * A cache for the `cache` of sessions: answers of requests are kept in memory, and for the tabs of the origin in IndexedDB.
 * @throws {TypeError} for options that are none.
 */
export async function openURLCache(options: URLCacheOptions = {}): Promise<URLCache> {
  const [{ URLCache }, { IDBRecords }] = await Promise.all([
    import('../loading/cache/url-cache.ts'),
    import('../platform/browser/idb-records.ts'),
  ])
  return new URLCache(
    options,
    () => browserChance.uid(),
    async () => new IDBRecords('urlsession-cache'),
  )
}
