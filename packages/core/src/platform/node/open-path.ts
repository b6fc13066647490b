/** Owns: files by their path, to be read where they are. */
import { openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { URLError, type URLErrorCode } from '../../model/url-error.ts'

const CODES: { readonly [code: string]: URLErrorCode } = {
  ENOENT: 'fileDoesNotExist',
  ENOTDIR: 'fileDoesNotExist',
  EISDIR: 'fileIsDirectory',
  EACCES: 'noPermissionsToReadFile',
  EPERM: 'noPermissionsToReadFile',
}

/** @throws {URLError} `fileDoesNotExist`, `fileIsDirectory`, `noPermissionsToReadFile`, `cannotOpenFile`. */
export async function openPath(path: string): Promise<{ blob: Blob; name: string; modified: number }> {
  const refuse = (code: URLErrorCode, cause: unknown): never => {
    throw new URLError(code, { phase: 'storage', retryable: false, why: `the path is ${path}`, cause })
  }
  try {
    const facts = await stat(path)
    if (facts.isDirectory()) return refuse('fileIsDirectory', null)
    // A Blob of it refuses to be read once the file has changed.
    const blob = await openAsBlob(path)
    return { blob, name: basename(path), modified: facts.mtimeMs }
  } catch (cause) {
    if (URLError.is(cause)) throw cause
    return refuse(CODES[(cause as NodeJS.ErrnoException).code ?? ''] ?? 'cannotOpenFile', cause)
  }
}
