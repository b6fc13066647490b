/**
 * Files in memory, for where nothing can be stored. It says so, has a stated limit, and forgets
 * everything with the page. Memory is allotted in pages, so a file that grows is never copied.
 */
import { URLError } from '../../model/url-error.ts'
import type { FileStore, FileWriter } from '../../ports/file-store.ts'
import { openOnce } from './open-once.ts'

/** The most bytes that all files of one store may have together. */
export const MEMORY_LIMIT: number = 512 * 1024 * 1024

const PAGE = 1 << 18

interface MemoryFile {
  size: number
  /** From the first byte on without a gap; behind `size` they are zero. */
  readonly pages: Uint8Array<ArrayBuffer>[]
}

export class MemoryFiles implements FileStore {
  readonly kind = 'memory'
  readonly reason: string
  readonly #limit: number
  readonly #files = new Map<string, MemoryFile>()
  readonly #open = new Set<string>()

  constructor(reason = '', limit: number = MEMORY_LIMIT) {
    this.reason = reason
    this.#limit = limit
  }

  open(id: string): Promise<FileWriter> {
    return openOnce(this.#open, id, async (onClose) => {
      const file = this.#files.get(id) ?? { size: 0, pages: [] }
      this.#files.set(id, file)
      return {
        size: file.size,
        write: (bytes, at) => this.#write(file, bytes, at),
        read: async (at, length) => read(file, at, length),
        flush: async () => {},
        truncate: async (size) => truncate(file, size),
        close: async () => onClose(),
      }
    })
  }

  async size(id: string): Promise<number | null> {
    return this.#files.get(id)?.size ?? null
  }

  async blob(id: string, size: number, type: string): Promise<Blob | null> {
    const file = this.#files.get(id)
    return file && file.size >= size ? new Blob(file.pages).slice(0, size, type) : null
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

  #write(file: MemoryFile, bytes: Uint8Array, at: number): void {
    const end = at + bytes.byteLength
    if (end - file.size > this.#left())
      throw new URLError('noSpaceLeft', {
        phase: 'storage',
        why: `nothing can be stored here, and in memory ${this.#limit} bytes is the most`,
        hint: 'allow site data, or leave the private window',
      })
    while (file.pages.length * PAGE < end) file.pages.push(new Uint8Array(PAGE))
    inPages(file, at, end, (page, from, to, offset) => page.set(bytes.subarray(offset, offset + to - from), from))
    file.size = Math.max(file.size, end)
  }
}

/** Calls back with each page that holds some of `[at, end)`: from where to where in it, and where that is in the range. */
function inPages(
  { pages }: MemoryFile,
  at: number,
  end: number,
  each: (page: Uint8Array, from: number, to: number, offset: number) => void,
): void {
  for (let next = at; next < end;) {
    const from = next % PAGE
    const to = Math.min(PAGE, from + end - next)
    each(pages[(next - from) / PAGE] as Uint8Array, from, to, next - at)
    next += to - from
  }
}

function read(file: MemoryFile, at: number, length: number): Uint8Array {
  const end = Math.min(file.size, at + length)
  const bytes = new Uint8Array(Math.max(0, end - at))
  inPages(file, at, end, (page, from, to, offset) => bytes.set(page.subarray(from, to), offset))
  return bytes
}

function truncate(file: MemoryFile, size: number): void {
  if (size >= file.size) return
  file.size = size
  file.pages.length = Math.ceil(size / PAGE)
  // What was cut off must not come back when the file grows again.
  if (size % PAGE > 0) file.pages.at(-1)?.fill(0, size % PAGE)
}
