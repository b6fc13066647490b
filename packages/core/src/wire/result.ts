/** What crosses the wire instead of a thrown error: RPC libraries drop all of an error but its message. */
import { URLError, type ErrorRecord } from '../model/url-error.ts'

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorRecord }

export async function resultOf<T>(work: () => T | Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await work() }
  } catch (error) {
    return { ok: false, error: URLError.from(error, 'unknown').toRecord() }
  }
}

/** The value, or the error thrown again as a URLError. */
export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw URLError.fromRecord(result.error)
}
