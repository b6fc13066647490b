/**
 * How failures of the browser's storage are told: one place, because OPFS, IndexedDB and picked files
 * name them alike, and a full disk must never look like anything else.
 */
import { URLError, type URLErrorCode } from '../../model/url-error.ts'

/** The name of a thrown DOMException or Error, else `''` (IndexedDB rejects with null when a connection dies). */
export const nameOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && 'name' in thrown ? String(thrown.name) : ''

/** `noSpaceLeft` when the quota or the disk is full, else `code`. */
export const storageError = (thrown: unknown, code: URLErrorCode): URLError =>
  URLError.from(thrown, nameOf(thrown) === 'QuotaExceededError' ? 'noSpaceLeft' : code, { phase: 'storage' })

/** Does it, and tells its failure as a storage error: `code`, or `noSpaceLeft`. */
export async function told<T>(code: URLErrorCode, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw storageError(error, code)
  }
}

/** Bytes that may still be stored for this origin, or null where the browser does not say. */
export async function availableSpace(): Promise<number | null> {
  try {
    const { quota, usage } = await navigator.storage.estimate()
    return quota === undefined || usage === undefined ? null : Math.max(0, quota - usage)
  } catch {
    return null
  }
}
