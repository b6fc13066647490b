/**
 * Owns: one open file and the order of what is written to it. Why it gathers: a write costs a trip to
 * another thread, dear for the 64 KiB of a socket and nothing for a MiB; and why it writes behind the
 * caller's back: while the disk takes one piece the network brings the next.
 */
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { URLError } from '../../model/url-error.ts'
import type { FileWriter } from '../../ports/file-store.ts'
import { syncFolder } from './durable-files.ts'
import { storageError, storing } from './storage-errors.ts'

const GATHERED = 1 << 20
/** From this size on bytes are written as they come, without being copied. */
const LARGE = 256 << 10

export interface DiskWriterParts {
  readonly handle: FileHandle
  readonly path: string
  readonly size: number
  readonly whenClosed: () => void
}

export class DiskWriter implements FileWriter {
  readonly size: number
  readonly #handle: FileHandle
  readonly #path: string
  readonly #whenClosed: () => void
  /** Bytes gathered and not yet given to the disk: `#filled` of them, for offset `#start`. */
  #gathered: Uint8Array | null = null
  #spare: Uint8Array | null = null
  #start = 0
  #filled = 0
  /** The one write that is under way. It never rejects: its error is kept in `#failure`. */
  #flight: Promise<void> | null = null
  /** Once a write has failed every later call fails too: the caller must not believe in what came after. */
  #failure: URLError | null = null
  /** Calls that had to wait, in their order; while there are any, no call overtakes them. */
  #tail: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #named = false
  #closed: Promise<void> | null = null

  constructor({ handle, path, size, whenClosed }: DiskWriterParts) {
    this.#handle = handle
    this.#path = path
    this.size = size
    this.#whenClosed = whenClosed
  }

  write(bytes: Uint8Array, at: number): void | Promise<void> {
    if (this.#failure) throw this.#failure
    if (this.#waiting === 0 && bytes.length < LARGE && this.#gather(bytes, at)) return
    return this.#inTurn(async () => {
      await this.#sendGathered()
      if (bytes.length < LARGE && this.#gather(bytes, at)) return
      await this.#landed()
      this.#flight = this.#put(bytes, at)
      await this.#landed()
    })
  }

  read(at: number, length: number): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      // What could not be written is not read either; what was there before still is.
      if (!this.#failure) await this.#drain()
      return await storing('cannotOpenFile', `reading ${this.#path}`, async () => {
        const bytes = new Uint8Array(length)
        let read = 0
        while (read < length) {
          const { bytesRead } = await this.#handle.read(bytes, read, length - read, at + read)
          if (bytesRead === 0) break
          read += bytesRead
        }
        return read === length ? bytes : bytes.subarray(0, read)
      })
    })
  }

  async flush(): Promise<void> {
    await this.#inTurn(() => this.#drain())
    await storing('cannotWriteToFile', `flushing ${this.#path}`, async () => {
      await this.#handle.datasync()
      // A new file's name is durable only with its folder.
      if (!this.#named) await syncFolder(dirname(this.#path))
      this.#named = true
    })
    if (this.#failure) throw this.#failure
  }

  truncate(size: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#drain()
      await storing('cannotWriteToFile', `shortening ${this.#path}`, async () => {
        if (size < (await this.#handle.stat()).size) await this.#handle.truncate(size)
      })
    })
  }

  close(): Promise<void> {
    this.#closed ??= this.#inTurn(() => this.#drain())
      .catch(() => undefined)
      .then(() => this.#handle.close())
      .catch(() => undefined)
      .finally(this.#whenClosed)
    return this.#closed
  }

  /** Takes a copy of the bytes if they continue what is gathered and fit; true when it did. */
  #gather(bytes: Uint8Array, at: number): boolean {
    if (this.#filled > 0 && at !== this.#start + this.#filled) return false
    if (this.#filled + bytes.length > GATHERED) return false
    this.#gathered ??= new Uint8Array(GATHERED)
    if (this.#filled === 0) this.#start = at
    this.#gathered.set(bytes, this.#filled)
    this.#filled += bytes.length
    return true
  }

  /** Starts writing what is gathered as soon as the write before has ended, and does not wait for its own end. */
  async #sendGathered(): Promise<void> {
    await this.#landed()
    if (this.#gathered === null || this.#filled === 0) return
    const full = this.#gathered
    this.#gathered = this.#spare
    this.#spare = full
    this.#flight = this.#put(full.subarray(0, this.#filled), this.#start)
    this.#filled = 0
  }

  /** Everything that was given is written when it resolves. */
  async #drain(): Promise<void> {
    await this.#sendGathered()
    await this.#landed()
  }

  async #landed(): Promise<void> {
    await this.#flight
    this.#flight = null
    if (this.#failure) throw this.#failure
  }

  async #put(bytes: Uint8Array, at: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, at + done)
        done += bytesWritten
      }
    } catch (cause) {
      this.#failure ??= storageError(cause, 'cannotWriteToFile', `writing ${this.#path}`)
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1
    const run = this.#tail.then(work)
    this.#tail = run.catch(() => undefined).finally(() => (this.#waiting -= 1))
    return run
  }
}
