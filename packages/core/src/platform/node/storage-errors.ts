/**
 * Owns: what a failed file operation is called. Why: the engine waits for space when a disk is full and
 * gives up when a folder is forbidden, so the two must never look alike.
 */
import type { URLErrorCode } from '../../model/error-table.ts'
import { describeCause, URLError, type ErrorPhase } from '../../model/url-error.ts'

/** No space, or no quota: the codes of POSIX and of libuv on Windows. */
const FULL = new Set(['ENOSPC', 'EDQUOT'])

/** What to do about the system codes that a person can do something about. */
const HINTS: { readonly [code: string]: string } = {
  EACCES: 'the process may not write there: check the owner and the mode of the folder',
  EPERM: 'the process may not write there: check the owner and the mode of the folder',
  EROFS: 'the file system is mounted read-only: choose another directory',
  EFBIG: 'the file system or a limit of the process does not allow files of this size',
  EMFILE: 'too many files are open: raise the limit of the process',
  ENFILE: 'too many files are open on this machine',
  ENAMETOOLONG: 'choose a shorter path',
}

/** The system's code of an error, such as `ENOENT`, or null. */
export function systemCode(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null
}

/** A failed file operation as a URLError: `noSpaceLeft` when the medium is full, else `code`. */
export function storageError(
  cause: unknown,
  code: URLErrorCode,
  what: string,
  phase: ErrorPhase = 'storage',
): URLError {
  if (URLError.is(cause)) return cause
  const system = systemCode(cause)
  const hint = system === null ? undefined : HINTS[system]
  return new URLError(system !== null && FULL.has(system) ? 'noSpaceLeft' : code, {
    phase,
    why: `${what}: ${describeCause(cause) ?? 'no reason was given'}`,
    ...(hint === undefined ? {} : { hint }),
    cause,
  })
}

/** Runs a file operation, and renames what it throws. */
export async function storing<T>(code: URLErrorCode, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw storageError(cause, code, what)
  }
}
