/**
 * Owns: the bytes of downloads as files of one folder, named by id. Why one folder and no names: what
 * a server calls a file never reaches the file system here, and a rename is all that placing one takes.
 */
import { mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { URLError } from '../../model/url-error.ts'
import type { FileStore, FileWriter } from '../../ports/file-store.ts'
import { diskBlob } from './disk-blob.ts'
import { DiskWriter } from './disk-writer.ts'
import { storing, systemCode } from './storage-errors.ts'

const ID = /^[0-9a-z-]{8,64}$/

/** Paths that have a writer in this process, over all stores: other processes are kept out by the session's lock. */
const writing = new Set<string>()

/** @throws {URLError} `cannotCreateFile` when the folder cannot be made. */
export async function openDiskFiles(folder: string): Promise<DiskFiles> {
  await storing('cannotCreateFile', `the folder ${folder}`, () => mkdir(folder, { recursive: true, mode: 0o700 }))
  return new DiskFiles(folder)
}

export class DiskFiles implements FileStore {
  readonly kind = 'disk'
  readonly reason: string
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    this.reason = `files are on disk, in ${folder}`
  }

  async open(id: string): Promise<FileWriter> {
    const path = this.pathOf(id)
    if (writing.has(path))
      throw new URLError('cannotOpenFile', { phase: 'storage', why: `the file ${id} is being written already` })
    writing.add(path)
    try {
      return await storing('cannotCreateFile', `the file ${path}`, async () => {
        // 'r+' leaves what is there and 'wx' makes what is not; the folder comes back if somebody cleaned up.
        const handle = await open(path, 'r+').catch(async (error: unknown) => {
          if (systemCode(error) !== 'ENOENT') throw error
          await mkdir(this.#folder, { recursive: true, mode: 0o700 })
          return await open(path, 'wx+')
        })
        try {
          return new DiskWriter({
            handle,
            path,
            size: (await handle.stat()).size,
            whenClosed: () => writing.delete(path),
          })
        } catch (error) {
          await handle.close()
          throw error
        }
      })
    } catch (error) {
      writing.delete(path)
      throw error
    }
  }

  async size(id: string): Promise<number | null> {
    const path = this.pathOf(id)
    const found = await storing('cannotOpenFile', `the file ${path}`, () => stat(path).catch(nullIfMissing))
    return found?.size ?? null
  }

  async blob(id: string, size: number, type: string): Promise<Blob | null> {
    const path = this.pathOf(id)
    return await storing('cannotOpenFile', `the file ${path}`, () => diskBlob(path, type, size))
  }

  path(id: string): string | null {
    return this.pathOf(id)
  }

  /** @throws {URLError} `cannotOpenFile` for a text that is no id, so that none leads out of the folder. */
  pathOf(id: string): string {
    if (!ID.test(id))
      throw new URLError('cannotOpenFile', {
        phase: 'storage',
        why: `${JSON.stringify(id).slice(0, 80)} is not the id of a file`,
      })
    return join(this.#folder, id)
  }

  async remove(id: string): Promise<void> {
    const path = this.pathOf(id)
    await storing('cannotWriteToFile', `removing ${path}`, () => rm(path, { force: true }))
  }

  async list(): Promise<string[]> {
    const names = await storing('cannotOpenFile', `the folder ${this.#folder}`, () =>
      readdir(this.#folder).catch(nullIfMissing),
    )
    return (names ?? []).filter((name) => ID.test(name)).toSorted()
  }

  async available(): Promise<number | null> {
    try {
      const { bavail, bsize } = await statfs(this.#folder)
      return bavail * bsize
    } catch {
      return null
    }
  }
}

function nullIfMissing(error: unknown): null {
  if (systemCode(error) === 'ENOENT') return null
  throw error
}
