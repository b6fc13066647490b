/** Answers in memory, up to so many bytes; what was not used for the longest time goes first. */
import type { StoredHead } from '../../model/url-cache.ts'

export interface InMemory {
  readonly head: StoredHead
  readonly body: Uint8Array<ArrayBuffer>
  /** It is on the disk too: without it there, it is gone. */
  onDisk: boolean
}

export class MemoryTier {
  /** In the order in which they were used. */
  readonly #entries = new Map<string, InMemory>()
  #usage = 0

  get usage(): number {
    return this.#usage
  }

  all(): InMemory[] {
    return [...this.#entries.values()]
  }

  get(id: string): InMemory | null {
    return this.#entries.get(id) ?? null
  }

  /** As what was used last. */
  put(entry: InMemory, capacity: number): void {
    this.delete(entry.head.id)
    this.#entries.set(entry.head.id, entry)
    this.#usage += entry.body.byteLength
    this.shrink(capacity)
  }

  /** It was used. */
  touch(entry: InMemory): void {
    this.#entries.delete(entry.head.id)
    this.#entries.set(entry.head.id, entry)
  }

  delete(id: string): void {
    const known = this.#entries.get(id)
    if (!known) return
    this.#usage -= known.body.byteLength
    this.#entries.delete(id)
  }

  shrink(capacity: number): void {
    for (const { head } of this.all()) {
      if (this.#usage <= capacity) return
      this.delete(head.id)
    }
  }
}
