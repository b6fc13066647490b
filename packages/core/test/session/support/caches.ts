/** Sessions with a cache of their own, and what shows where an answer came from. */
import {
  openURLCache,
  type ConfigurationOptions,
  type URLCache,
  type URLCacheOptions,
  type URLSession,
} from 'urlsession'
import type { RemoteFile } from '../../../../testing/src/origin/remote-origin.ts'
import type { FileOptions } from '../../../../testing/src/origin/vocabulary.ts'
import { directory, makeSession, serve, unique } from '../../support/session.ts'

/** Nobody else has one of that name, unless it is given. */
export const makeCache = (options: URLCacheOptions = {}): Promise<URLCache> =>
  openURLCache({ name: unique('cache').replaceAll('.', '-'), ...options, ...(directory && { directory }) })

export async function cached(
  options: ConfigurationOptions = {},
  delegate?: ConstructorParameters<typeof URLSession>[1],
): Promise<{ session: URLSession; cache: URLCache }> {
  const cache = await makeCache()
  return { cache, session: makeSession({ cache, retry: { attempts: 1 }, ...options }, delegate) }
}

/** A file that says how long it is fresh. */
export const keepable = (cacheControl: string | null, options: Partial<FileOptions> = {}): Promise<RemoteFile> =>
  serve('kept.txt', { size: 1000, ...options, headers: { 'Cache-Control': cacheControl, ...options.headers } })

/** How often it was asked for. */
export const count = async (file: RemoteFile): Promise<number> => (await file.requests()).length
