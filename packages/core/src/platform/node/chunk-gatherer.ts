/**
 * Owns: the small pieces of a socket, put together to larger ones while nobody has time for them. Why two
 * buffers that are used again and again: fresh memory for every MiB costs as much as copying it.
 */
const CAPACITY = 1 << 20

export class ChunkGatherer {
  /** One piece that waits alone is handed on as it is, without a copy. */
  #single: Uint8Array | null = null
  #filling: Uint8Array | null = null
  #filled = 0
  /** The buffer that was handed out last: its bytes are in use until the next call. */
  #lent: Uint8Array | null = null
  /** The piece that did not fit any more. */
  #surplus: Uint8Array | null = null

  /** True when nothing more should be added before the next piece is taken; one more is taken nevertheless. */
  get full(): boolean {
    return this.#surplus !== null || this.#filled === CAPACITY
  }

  add(chunk: Uint8Array): void {
    if (this.#single === null && this.#filled === 0) {
      this.#single = chunk
      return
    }
    this.#filling ??= Buffer.allocUnsafeSlow(CAPACITY)
    if (this.#single) {
      // Order matters: what waited alone comes first.
      const first = this.#single
      this.#single = null
      this.#append(first)
    }
    this.#append(chunk)
  }

  /** All that is there, or null; valid until the next call. */
  next(): Uint8Array | null {
    if (this.#single) {
      const bytes = this.#single
      this.#single = null
      return bytes
    }
    if (this.#filling === null || this.#filled === 0) return null
    const bytes = this.#filling.subarray(0, this.#filled)
    const free = this.#lent
    this.#lent = this.#filling
    this.#filling = free
    this.#filled = 0
    this.#single = this.#surplus
    this.#surplus = null
    return bytes
  }

  #append(chunk: Uint8Array): void {
    const buffer = this.#filling
    if (buffer === null || this.#surplus !== null || this.#filled + chunk.length > buffer.length) {
      this.#surplus = this.#surplus === null ? chunk : Buffer.concat([this.#surplus, chunk])
      return
    }
    buffer.set(chunk, this.#filled)
    this.#filled += chunk.length
  }
}
