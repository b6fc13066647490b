/** One writer a file: what every store here promises, in one place. */
import { URLError } from '../../model/url-error.ts'
import type { FileWriter } from '../../ports/file-store.ts'
import { storageError } from './storage-error.ts'

export const inUse = (cause?: unknown): URLError =>
  new URLError('cannotOpenFile', { phase: 'storage', why: 'another writer has it open', cause })

/**
 * Opens `id` unless it is among `open`, where it stays until the writer calls what `make` is given.
 * @throws {URLError} `cannotOpenFile`, `noSpaceLeft`.
 */
export async function openOnce(
  open: Set<string>,
  id: string,
  make: (onClose: () => void) => Promise<FileWriter>,
): Promise<FileWriter> {
  if (open.has(id)) throw inUse()
  open.add(id)
  let closed = false
  const onClose = (): void => {
    // Once only: by the second time, another writer may have the file.
    if (!closed) open.delete(id)
    closed = true
  }
  try {
    return await make(onClose)
  } catch (error) {
    onClose()
    throw storageError(error, 'cannotOpenFile')
  }
}
