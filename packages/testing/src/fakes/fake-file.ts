/**
 * Owns: the bytes of one file on a fake disk, and which of them would survive.
 */
import type { UnflushedFate } from './fake-disk.ts'

/** What a change since the last flush replaced. */
interface Undo {
  readonly sizeBefore: number
  readonly at: number
  readonly replaced: Uint8Array
  /** Bytes written; 0 for a truncation. */
  readonly length: number
}

/** A file: grows by doubling, remembers what every change since the last flush replaced. */
export class FakeFile {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  #size = 0
  #undo: Undo[] = []
  /** The process that writes it, or null. */
  writer: object | null = null

  get size(): number {
    return this.#size
  }

  /** Changes that are not flushed. */
  get unflushed(): number {
    return this.#undo.length
  }

  write(bytes: Uint8Array, at: number): void {
    const end = Math.max(this.#size, at + bytes.length)
    this.#remember(at, Math.min(this.#size, at + bytes.length), bytes.length)
    this.#reserve(end)
    this.#bytes.set(bytes, at)
    this.#size = end
  }

  read(at: number, length: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(at, Math.max(at, Math.min(this.#size, at + length)))
  }

  truncate(size: number): void {
    if (size >= this.#size) return
    this.#remember(size, this.#size, 0)
    this.#bytes.fill(0, size, this.#size)
    this.#size = size
  }

  flush(): void {
    this.#undo = []
  }

  /** The process died: what was not flushed meets its fate. */
  crash(fate: UnflushedFate): void {
    const undo = this.#undo
    this.#undo = []
    this.writer = null
    if (fate === 'kept') return
    if (fate === 'lost') {
      for (const change of undo.toReversed()) this.#restore(change)
      return
    }
    for (const { at, length } of undo) {
      const from = fate === 'torn' ? at + Math.floor(length / 2) : at
      this.#bytes.fill(0, Math.min(from, this.#size), Math.min(at + length, this.#size))
    }
  }

  copy(): FakeFile {
    const copy = new FakeFile()
    copy.#bytes = this.#bytes.slice(0, this.#size)
    copy.#size = this.#size
    copy.#undo = [...this.#undo]
    return copy
  }

  #remember(at: number, end: number, length: number): void {
    this.#undo.push({ sizeBefore: this.#size, at, replaced: this.#bytes.slice(at, Math.max(at, end)), length })
  }

  #restore({ sizeBefore, at, replaced, length }: Undo): void {
    this.#reserve(sizeBefore)
    if (length > 0) this.#bytes.fill(0, at, at + length)
    this.#bytes.set(replaced, at)
    if (this.#size > sizeBefore) this.#bytes.fill(0, sizeBefore, this.#size)
    this.#size = sizeBefore
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(size, this.#bytes.length * 2, 4096))
    grown.set(this.#bytes.subarray(0, this.#size))
    this.#bytes = grown
  }
}
