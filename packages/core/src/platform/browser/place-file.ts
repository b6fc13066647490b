/** Puts a finished download into the file that the user picked. */
import type { DownloadDestination } from '../../model/download-options.ts'
import { URLError } from '../../model/url-error.ts'
import type { FileStore } from '../../ports/file-store.ts'
import { nameOf, storageError } from './storage-error.ts'

/**
 * @throws {URLError} `unsupportedByPlatform` for a path; `fileDoesNotExist` when the store has lost the bytes;
 *   `cannotWriteToFile` when the user's permission is missing or was taken back; `noSpaceLeft`.
 */
export async function placeFile(
  files: FileStore,
  id: string,
  size: number,
  destination: DownloadDestination,
): Promise<void> {
  if (typeof destination === 'string')
    throw new URLError('unsupportedByPlatform', {
      phase: 'delivery',
      why: 'a browser writes to no paths',
      hint: 'use file.save(), or a handle from showSaveFilePicker()',
    })
  const blob = await files.blob(id, size, '')
  if (!blob) throw new URLError('fileDoesNotExist', { phase: 'delivery', why: "the site's stored bytes were removed" })
  try {
    const writable = await destination.createWritable()
    try {
      await writable.write(blob)
      // Only closing replaces what was in the user's file.
      await writable.close()
    } catch (error) {
      await writable.abort(error).catch(() => {})
      throw error
    }
  } catch (error) {
    if (nameOf(error) !== 'NotAllowedError') throw storageError(error, 'cannotWriteToFile')
    throw new URLError('cannotWriteToFile', {
      phase: 'delivery',
      why: `the permission to write ${JSON.stringify(destination.name)} is missing`,
      hint: "on a click, await handle.requestPermission({ mode: 'readwrite' }) and start it again",
      cause: error,
    })
  }
}
