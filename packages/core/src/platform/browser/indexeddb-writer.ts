/**
 * One open file in IndexedDB. Small writes are put together to parts, and a few parts are on their way
 * at once, because a transaction costs far more than its bytes.
 */
import type { URLError } from '../../model/url-error.ts'
import type { FileWriter } from '../../ports/file-store.ts'
import type { FileParts } from './indexeddb-parts.ts'
import { storageError, told } from './storage-error.ts'

/** The most bytes one part has. */
export const PART_SIZE: number = 4 * 1024 * 1024
const IN_FLIGHT = 3

export class IndexedDBWriter implements FileWriter {
  readonly size: number
  readonly #parts: FileParts
  readonly #blobs: boolean
  readonly #onClose: () => void
  #buffer: Uint8Array<ArrayBuffer> | null = null
  #start = 0
  #filled = 0
  readonly #inFlight = new Set<Promise<void>>()
  #failure: URLError | null = null

  constructor(parts: FileParts, blobs: boolean, onClose: () => void) {
    this.#parts = parts
    this.#blobs = blobs
    this.#onClose = onClose
    this.size = parts.size
  }

  write(bytes: Uint8Array, at: number): void | Promise<void> {
    this.#check()
    if (at !== this.#start + this.#filled) this.#send()
    const buffer = (this.#buffer ??= new Uint8Array(PART_SIZE))
    for (let done = 0; done < bytes.byteLength;) {
      if (this.#filled === 0) this.#start = at + done
      const piece = bytes.subarray(done, done + PART_SIZE - this.#filled)
      buffer.set(piece, this.#filled)
      this.#filled += piece.byteLength
      done += piece.byteLength
      if (this.#filled === PART_SIZE) this.#send()
    }
    if (this.#inFlight.size >= IN_FLIGHT) return Promise.race(this.#inFlight).then(() => this.#check())
  }

  async read(at: number, length: number): Promise<Uint8Array> {
    await this.#settle()
    return told('cannotOpenFile', async () => {
      const slice = await this.#parts.slice([at, at + length], '')
      return new Uint8Array(await slice.arrayBuffer())
    })
  }

  async flush(): Promise<void> {
    await this.#settle()
    this.#check()
  }

  async truncate(size: number): Promise<void> {
    await this.flush()
    if (size >= this.#parts.size) return
    this.#track(this.#parts.replace([size, Number.POSITIVE_INFINITY], null))
    await this.flush()
  }

  async close(): Promise<void> {
    // What was written is not thrown away, and whoever opens the file next must find parts that stand still.
    await this.#settle()
    this.#buffer = null
    this.#onClose()
  }

  async #settle(): Promise<void> {
    this.#send()
    await Promise.all(this.#inFlight)
  }

  /** Sends what was put together so far. */
  #send(): void {
    if (this.#filled === 0 || !this.#buffer) return
    const bytes = this.#buffer.subarray(0, this.#filled)
    const part = this.#blobs ? new Blob([bytes]) : bytes.slice().buffer
    this.#track(this.#parts.replace([this.#start, this.#start + this.#filled], part))
    this.#filled = 0
  }

  /** A failure is kept and thrown by whatever is called next: bytes that were taken are lost then. */
  #track(work: Promise<unknown>): void {
    const tracked: Promise<void> = work.then(
      () => void this.#inFlight.delete(tracked),
      (error: unknown) => {
        this.#inFlight.delete(tracked)
        this.#failure ??= storageError(error, 'cannotWriteToFile')
      },
    )
    this.#inFlight.add(tracked)
  }

  #check(): void {
    if (this.#failure) throw this.#failure
  }
}
