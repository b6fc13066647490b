/**
 * Files in memory, for where nothing can be stored. It says so, has a stated limit, and forgets
 * everything with the page. Each is a Blob made of the writes, so nothing is copied when it grows.
 */
import { URLError } from '../../model/url-error.ts'
import type { FileStore, FileWriter } from '../../ports/file-store.ts'
import { openOnce } from './open-once.ts'

/** The most bytes that all files of one store may have together. */
export const MEMORY_LIMIT: number = 512 * 1024 * 1024

export class MemoryFiles implements FileStore {
  readonly kind = 'memory'
  readonly reason: string
  readonly #limit: number
  readonly #files = new Map<string, Blob>()
  readonly #open = new Set<string>()

  constructor(reason = '', limit: number = MEMORY_LIMIT) {
    this.reason = reason
    this.#limit = limit
  }

  open(id: string): Promise<FileWriter> {
    return openOnce(this.#open, id, async (onClose) => {
      const file = (): Blob => this.#files.get(id) ?? new Blob()
      this.#files.set(id, file())
      return {
        size: file().size,
        write: (bytes, at) => this.#write(id, file(), bytes, at),
        read: async (at, length) =>
          new Uint8Array(
            await file()
              .slice(at, at + length)
              .arrayBuffer(),
          ),
        flush: async () => {},
        truncate: async (size) => void this.#files.set(id, file().slice(0, size)),
        close: async () => onClose(),
      }
    })
  }

  async size(id: string): Promise<number | null> {
    return this.#files.get(id)?.size ?? null
  }

  async blob(id: string, size: number, type: string): Promise<Blob | null> {
    const file = this.#files.get(id)
    return file && file.size >= size ? file.slice(0, size, type) : null
  }

  path(): null {
    return null
  }

  async remove(id: string): Promise<void> {
    this.#files.delete(id)
  }

  async list(): Promise<string[]> {
    return [...this.#files.keys()]
  }

  async available(): Promise<number> {
    return this.#left()
  }

  #left(): number {
    return [...this.#files.values()].reduce((left, { size }) => left - size, this.#limit)
  }

  #write(id: string, file: Blob, bytes: Uint8Array, at: number): void {
    const end = at + bytes.byteLength
    if (end - file.size > this.#left())
      throw new URLError('noSpaceLeft', {
        phase: 'storage',
        why: `in memory, ${this.#limit} bytes is the most`,
        hint: 'allow site data',
      })
    const gap = new Uint8Array(Math.max(0, at - file.size))
    const parts = [file.slice(0, at), gap, bytes as Uint8Array<ArrayBuffer>, file.slice(end)]
    this.#files.set(id, new Blob(parts))
  }
}
