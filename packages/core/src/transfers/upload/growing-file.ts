/**
 * A stream on its way into the engine's own store, of which bytes can be sent before its end is known. Read once and to its end,
 * whatever becomes of the attempts meanwhile.
 */
import { OPEN_END } from '../../model/upload-protocol.ts'
import { describeCause, URLError } from '../../model/url-error.ts'
import type { FileStore, FileWriter } from '../../ports/file-store.ts'
import { copyToStore } from './copy-to-store.ts'

export class GrowingFile {
  /** Settles when the stream is at its end, and stored. */
  readonly stored: Promise<number>
  readonly #files: FileStore
  readonly #id: string
  readonly #abort = new AbortController()
  #writer: FileWriter | null = null
  #written = 0
  #ended = false
  #failure: URLError | null = null
  #change = Promise.withResolvers<void>()
  readonly #reads = new Set<Promise<unknown>>()

  constructor(stream: ReadableStream<Uint8Array>, files: FileStore, id: string) {
    this.#files = files
    this.#id = id
    this.stored = this.#read(stream)
    // Whoever waits for it is told; nobody has to.
    this.stored.catch(() => {})
  }

  /** There may be more to come. */
  get isOpen(): boolean {
    return !this.#ended
  }

  /** Bytes of the whole, or the largest number there is as long as that is not known. */
  get size(): number {
    return this.#ended ? this.#written : OPEN_END
  }

  /** Bytes that may be sent: while there may be more, one is held back, so that the last part is known to be the last. */
  get ready(): number {
    return this.#ended ? this.#written : Math.max(0, this.#written - 1)
  }

  /** Resolves when there is more to send, or nothing more to come. @throws {URLError} what the stream, or the store, failed with. */
  async next(signal: AbortSignal): Promise<void> {
    this.#assertWell()
    const { promise, resolve } = Promise.withResolvers<void>()
    const stopped = (): void => resolve()
    signal.addEventListener('abort', stopped)
    if (this.isOpen && !signal.aborted) await Promise.race([this.#change.promise, promise])
    signal.removeEventListener('abort', stopped)
    signal.throwIfAborted()
    this.#assertWell()
  }

  /** Resolves when `enough` says so, or the stream is at its end. */
  async until(enough: () => boolean, signal: AbortSignal): Promise<void> {
    while (this.isOpen && (this.#failure || !enough())) await this.next(signal)
  }

  async slice(from: number, to: number): Promise<Blob> {
    // Browsers do not let a file be read as a Blob while it is written.
    const reading = this.#writer?.read(from, to - from)
    if (!reading) return ((await this.#files.blob(this.#id, this.#written, '')) ?? new Blob()).slice(from, to)
    this.#reads.add(reading)
    try {
      return new Blob([(await reading) as Uint8Array<ArrayBuffer>])
    } finally {
      this.#reads.delete(reading)
    }
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.stored.catch(() => {})
  }

  #assertWell(): void {
    if (this.#failure) throw this.#failure
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<number> {
    try {
      await copyToStore(stream, this.#files, this.#id, this.#abort.signal, {
        opened: (writer) => (this.#writer = writer),
        written: (size) => {
          this.#written = size
          this.#changed()
        },
        closing: () => {
          this.#writer = null
          return Promise.allSettled(this.#reads)
        },
      })
      this.#ended = true
      return this.#written
    } catch (thrown) {
      const why = describeCause(thrown) ?? 'its stream failed'
      this.#failure = URLError.from(thrown, 'unknown', { phase: 'storage', why }).with({ retryable: false })
      throw this.#failure
    } finally {
      this.#changed()
    }
  }

  #changed(): void {
    const { resolve } = this.#change
    this.#change = Promise.withResolvers()
    resolve()
  }
}
