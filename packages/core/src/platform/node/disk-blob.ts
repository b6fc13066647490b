/**
 * Owns: a file as a Blob that is read when it is asked. Why not openAsBlob alone: it counts in 32 bits (Node
 * 22 to 26), so a file of 5 GiB becomes a blob of one.
 */
import { openAsBlob } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { systemCode } from './storage-errors.ts'

/** The smallest size that openAsBlob gets wrong. */
const LARGE = 2 ** 32
const PIECE = 1 << 20

/** The first `size` bytes of the file, all of it without `size`; null when there is no file. */
export async function diskBlob(path: string, type: string, size?: number): Promise<Blob | null> {
  try {
    const there = (await stat(path)).size
    const blob = there < LARGE ? await openAsBlob(path, { type }) : new LargeFileBlob(path, 0, there, type)
    // A slice drops the type unless it is said again.
    return size === undefined ? blob : blob.slice(0, size, type)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
}

/**
 * Part of a file, as far as a Blob can be made without Node's help: everything reads well, and so do bodies
 * made of it; but `structuredClone` and `new Blob([it])` see an empty one.
 */
class LargeFileBlob extends Blob {
  readonly #path: string
  readonly #from: number
  readonly #to: number

  constructor(path: string, from: number, to: number, type: string) {
    super([], { type })
    this.#path = path
    this.#from = from
    this.#to = to
  }

  override get size(): number {
    return this.#to - this.#from
  }

  override slice(start = 0, end = this.size, type = ''): Blob {
    const within = (at: number): number => (at < 0 ? Math.max(this.size + at, 0) : Math.min(at, this.size))
    const from = this.#from + within(start)
    return new LargeFileBlob(this.#path, from, Math.max(from, this.#from + within(end)), type)
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let at = this.#from
    return new ReadableStream(
      {
        pull: async (controller) => {
          if (at >= this.#to) return controller.close()
          const bytes = await this.#read(at, Math.min(PIECE, this.#to - at))
          at += bytes.length
          controller.enqueue(bytes)
        },
      },
      { highWaterMark: 0 },
    )
  }

  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return await this.#read(this.#from, this.size)
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer
  }

  override async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  /** Opens the file each time: a stream that nobody finishes must not keep it open. */
  async #read(at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length)
    const handle = await open(this.#path)
    try {
      for (let done = 0; done < length;) {
        const { bytesRead } = await handle.read(bytes, done, length - done, at + done)
        if (bytesRead === 0) throw new DOMException('The file is shorter than it was.', 'NotReadableError')
        done += bytesRead
      }
    } finally {
      await handle.close()
    }
    return bytes
  }
}
