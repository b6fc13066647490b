/**
 * Files in memory, for where nothing can be stored. It says so, has a stated limit, and forgets
 * everything with the page. Pages of memory are allotted as bytes arrive, so a file that grows is never copied.
 */
import { URLError } from '../../model/url-error.ts'
import type { FileStore, FileWriter } from '../../ports/file-store.ts'

/** The most bytes that all files of one store may have together. */
export const MEMORY_LIMIT: number = 512 * 1024 * 1024

const PAGE = 1 << 18

interface MemoryFile {
  size: number
  open: boolean
  readonly pages: Map<number, Uint8Array<ArrayBuffer>>
}

export class MemoryFiles implements FileStore {
  readonly kind = 'memory'
  readonly reason: string
  readonly #limit: number
  readonly #files = new Map<string, MemoryFile>()

  constructor(reason = '', limit: number = MEMORY_LIMIT) {
    this.reason = reason
    this.#limit = limit
  }

  async open(id: string): Promise<FileWriter> {
    const file = this.#files.get(id) ?? { size: 0, open: false, pages: new Map() }
    if (file.open) throw new URLError('cannotOpenFile', { phase: 'storage', why: 'another writer has it open' })
    file.open = true
    this.#files.set(id, file)
    let closed = false
    return {
      size: file.size,
      write: (bytes, at) => this.#write(file, bytes, at),
      read: async (at, length) => read(file, at, length),
      flush: async () => {},
      truncate: async (size) => truncate(file, size),
      close: async () => {
        // Once only: by the second time, another writer may have the file.
        if (!closed) file.open = false
        closed = true
      },
    }
  }

  async size(id: string): Promise<number | null> {
    return this.#files.get(id)?.size ?? null
  }

  async blob(id: string, size: number, type: string): Promise<Blob | null> {
    const file = this.#files.get(id)
    if (!file || file.size < size) return null
    const pages = Array.from({ length: Math.ceil(size / PAGE) }, (_, index) => file.pages.get(index) ?? new Uint8Array(PAGE))
    return new Blob(pages, { type }).slice(0, size, type)
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
    return this.#limit - this.#used()
  }

  #used(): number {
    let used = 0
    for (const { size } of this.#files.values()) used += size
    return used
  }

  #write(file: MemoryFile, bytes: Uint8Array, at: number): void {
    const end = Math.max(file.size, at + bytes.byteLength)
    if (this.#used() - file.size + end > this.#limit)
      throw new URLError('noSpaceLeft', {
        phase: 'storage',
        why: `this browser lets nothing be stored, and in memory ${this.#limit} bytes is the most`,
        hint: 'allow site data, or leave the private window',
      })
    pieces(at, bytes.byteLength, (index, from, offset, length) => {
      let page = file.pages.get(index)
      if (!page) file.pages.set(index, (page = new Uint8Array(PAGE)))
      page.set(bytes.subarray(offset, offset + length), from)
    })
    file.size = end
  }
}

/** Calls back with each page that `[at, at + length)` touches: its number, where in it, where in the range, how long. */
function pieces(
  at: number,
  length: number,
  each: (index: number, from: number, offset: number, length: number) => void,
): void {
  for (let offset = 0; offset < length; ) {
    const from = (at + offset) % PAGE
    const size = Math.min(PAGE - from, length - offset)
    each(Math.floor((at + offset) / PAGE), from, offset, size)
    offset += size
  }
}

function read(file: MemoryFile, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, Math.min(length, file.size - at)))
  pieces(at, bytes.byteLength, (index, from, offset, size) => {
    const page = file.pages.get(index)
    if (page) bytes.set(page.subarray(from, from + size), offset)
  })
  return bytes
}

function truncate(file: MemoryFile, size: number): void {
  if (size >= file.size) return
  file.size = size
  for (const [index, page] of file.pages) {
    if (index * PAGE >= size) file.pages.delete(index)
    // What was cut off must not come back when the file grows again.
    else if ((index + 1) * PAGE > size) page.fill(0, size - index * PAGE)
  }
}
