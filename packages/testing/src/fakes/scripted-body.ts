/**
 * Owns: a body in the test's hand: fed piece by piece, or computed; ended, failed, aborted.
 */
import { type BodySource, URLError, type URLErrorCode } from './ports.ts'

/** A body that computes its bytes. */
export interface BodyOptions {
  /** In bytes. */
  size: number
  /** Bytes in one read. Default 64 KiB. */
  piece?: number
  /** The bytes from `offset`. */
  read: (offset: number, length: number) => Uint8Array
  /** Fails, instead of going on, after this many bytes. Default: never. */
  failAfter?: number
  /** With what. Default `networkConnectionLost`. */
  failWith?: URLErrorCode
}

type Piece = Uint8Array | null | Error

/** A body. `read` waits for `push`, `end` or `fail`; bytes given out are spoiled at the next read. */
export class ScriptedBody implements BodySource {
  readonly #signal: AbortSignal
  readonly #computed: BodyOptions | undefined
  readonly #pieces: Piece[] = []
  #reader: ((piece: Piece) => void) | null = null
  #given: Uint8Array = new Uint8Array(0)
  #offset = 0
  #over: null | Error | 'end' = null
  /** True once the engine gave the rest up. */
  cancelled = false
  /** Bytes handed out. */
  delivered = 0

  constructor(signal: AbortSignal, computed?: BodyOptions) {
    this.#signal = signal
    this.#computed = computed
    signal.addEventListener('abort', () => this.#hand(this.#reason()), { once: true })
  }

  /** True while the engine waits for bytes. */
  get wanted(): boolean {
    return this.#reader !== null
  }

  /** Pieces pushed and not read yet. */
  get queued(): number {
    return this.#pieces.length
  }

  /** Adds bytes (a copy of them). An empty piece is not one. */
  push(bytes: Uint8Array): this {
    return bytes.length === 0 ? this : this.#add(bytes.slice())
  }

  /** The body is complete. */
  end(): void {
    this.#add(null)
  }

  /** The body breaks. */
  fail(error: URLErrorCode | Error = 'networkConnectionLost'): void {
    this.#add(typeof error === 'string' ? new URLError(error, { phase: 'body' }) : error)
  }

  async read(): Promise<Uint8Array | null> {
    if (this.#reader) throw new Error('read was called while another read was pending')
    // The caller's time with the last bytes is over.
    this.#given.fill(0xee)
    if (this.cancelled) return null
    if (this.#signal.aborted) throw this.#reason()
    if (this.#over === 'end') return null
    if (this.#over) throw this.#over
    const ready = this.#next()
    const piece =
      ready === undefined
        ? await new Promise<Piece>((resolve) => {
            this.#reader = resolve
          })
        : ready
    if (piece instanceof Error || piece === null) this.#over = piece ?? 'end'
    if (piece instanceof Error) throw piece
    this.#given = piece ?? new Uint8Array(0)
    this.delivered += this.#given.length
    return piece
  }

  async cancel(): Promise<void> {
    this.cancelled = true
    this.#hand(null)
  }

  /** The piece that is there, undefined when there is none yet. */
  #next(): Piece | undefined {
    const computed = this.#computed
    if (!computed) return this.#pieces.shift()
    const { size, piece = 65_536, read, failAfter = Infinity, failWith = 'networkConnectionLost' } = computed
    if (this.#offset >= failAfter) return new URLError(failWith, { phase: 'body' })
    if (this.#offset >= size) return null
    const bytes = read(this.#offset, Math.min(piece, size - this.#offset, failAfter - this.#offset)).slice()
    this.#offset += bytes.length
    return bytes
  }

  #add(piece: Piece): this {
    if (!this.#hand(piece)) this.#pieces.push(piece)
    return this
  }

  /** Gives the piece to whoever reads; false when nobody does. */
  #hand(piece: Piece): boolean {
    const reader = this.#reader
    this.#reader = null
    reader?.(piece)
    return reader !== null
  }

  #reason(): Error {
    const reason: unknown = this.#signal.reason
    return reason instanceof Error ? reason : new URLError('cancelled', { cause: reason })
  }
}
