/**
 * Files in the origin private file system, each written through one synchronous access handle: the
 * fastest way a browser has, and the only one that writes at an offset without copying the file.
 * Only a dedicated worker has such handles.
 */
import type { FileStore, FileWriter } from '../../ports/file-store.ts'
import { inUse, openOnce } from './open-once.ts'
import { OPFSWriter } from './opfs-writer.ts'
import { availableSpace, nameOf, storageError } from './storage-error.ts'

/** A worker that just died may hold its handle for a moment; that long is waited for it, in milliseconds. */
const PATIENCE = 3000
const FIRST_GAP = 10

type Directory = FileSystemDirectoryHandle

export class OPFSFiles implements FileStore {
  readonly kind = 'opfs'
  readonly reason: string
  readonly #namespace: string
  /** Files being written here: for those nobody need be waited for. */
  readonly #open = new Set<string>()
  #directory: Promise<Directory> | null = null

  constructor(namespace: string, reason = '') {
    this.#namespace = namespace
    this.reason = reason
  }

  open(id: string): Promise<FileWriter> {
    return openOnce(this.#open, id, (onClose) =>
      this.#inDirectory(async (directory) => {
        const file = await directory.getFileHandle(id, { create: true })
        return new OPFSWriter(await accessHandle(file), onClose)
      }),
    )
  }

  async size(id: string): Promise<number | null> {
    return (await this.#file(id))?.size ?? null
  }

  /** Null also when the file is shorter than `size`: a part must not pass for the whole. */
  async blob(id: string, size: number, type: string): Promise<Blob | null> {
    const file = await this.#file(id)
    return file === null || file.size < size ? null : file.slice(0, size, type)
  }

  path(): null {
    return null
  }

  async remove(id: string): Promise<void> {
    await this.#unlessMissing((directory) => directory.removeEntry(id))
  }

  async list(): Promise<string[]> {
    const names: string[] = []
    const directory = await this.#inDirectory((found) => Promise.resolve(found))
    // By hand: `for await` over this iterator is not everywhere.
    const keys = directory.keys()
    for (let next = await keys.next(); !next.done; next = await keys.next()) names.push(next.value)
    return names
  }

  available(): Promise<number | null> {
    return availableSpace()
  }

  #file(id: string): Promise<File | null> {
    return this.#unlessMissing(async (directory) => (await directory.getFileHandle(id)).getFile())
  }

  async #unlessMissing<T>(work: (directory: Directory) => Promise<T>): Promise<T | null> {
    try {
      return await this.#inDirectory(work)
    } catch (error) {
      if (nameOf(error) === 'NotFoundError') return null
      throw storageError(error, 'cannotOpenFile')
    }
  }

  /** Directory handles die when the site's data is cleared, or after a long sleep: then they are fetched again, once. */
  async #inDirectory<T>(work: (directory: Directory) => Promise<T>): Promise<T> {
    const used = (this.#directory ??= this.#fetchDirectory())
    try {
      return await work(await used)
    } catch (error) {
      if (this.#directory === used) this.#directory = null
      if (nameOf(error) !== 'InvalidStateError' && nameOf(error) !== 'NotFoundError') throw error
      return await work(await (this.#directory ??= this.#fetchDirectory()))
    }
  }

  async #fetchDirectory(): Promise<Directory> {
    const root = await navigator.storage.getDirectory()
    const ours = await root.getDirectoryHandle('urlsession', { create: true })
    return ours.getDirectoryHandle(this.#namespace, { create: true })
  }
}

async function accessHandle(file: FileSystemFileHandle): Promise<FileSystemSyncAccessHandle> {
  for (let gap = FIRST_GAP, waited = 0; ; gap *= 2) {
    try {
      return await file.createSyncAccessHandle()
    } catch (error) {
      if (nameOf(error) !== 'NoModificationAllowedError') throw error
      if (waited >= PATIENCE) throw inUse(error)
    }
    const pause = Math.min(gap, PATIENCE - waited)
    await new Promise((resolve) => setTimeout(resolve, pause))
    waited += pause
  }
}
