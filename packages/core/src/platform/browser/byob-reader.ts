/**
 * Reads a body into one buffer that is used again and again, which is half again as fast as a default
 * reader, more so when each read waits for a good piece. But what a read has gathered is lost when the
 * connection breaks, and nobody sees it meanwhile; so waiting is for large bodies on fast links, and short.
 */
export interface Reader {
  /** The next bytes, at least one, or null at the end; they are overwritten by the next call. */
  read(): Promise<Uint8Array | null>
  cancel(): Promise<void>
}

const BUFFER = 1 << 20
/** The least that is worth waiting for, and the most: beyond it reading gets no faster. */
const LEAST = BUFFER / 64
const MOST = BUFFER / 4
/** Milliseconds that a read may wait for more, by the speed so far. */
const AIM = 10
/** Milliseconds after which it takes what there is, since the link has become slower. */
const PATIENCE = 100
/** Chunks that are taken before they are asked for, where they come as the stream likes. */
const AHEAD = 64

/**
 * A reader with a buffer of its own where the stream can have one, else (WebKit) the stream's own chunks.
 *
 * @param length Tells the bytes of the body, 0 where that is not known.
 */
export function readerOf(stream: ReadableStream<Uint8Array>, length: () => number): Reader {
  try {
    return new BYOBReader(stream, stream.getReader({ mode: 'byob' }), length())
  } catch {
    return chunkReader(stream.getReader())
  }
}

class BYOBReader implements Reader {
  readonly #stream: ReadableStream<Uint8Array>
  #reader: ReadableStreamBYOBReader
  #buffer = new ArrayBuffer(BUFFER)
  #min = 1
  #received = 0
  #ended = false
  readonly #length: number

  constructor(stream: ReadableStream<Uint8Array>, reader: ReadableStreamBYOBReader, length: number) {
    this.#stream = stream
    this.#reader = reader
    this.#length = length
  }

  async read(): Promise<Uint8Array | null> {
    if (this.#ended) return null
    const began = performance.now()
    const { value, done } = (await this.#patiently()) ?? (await this.#request())
    this.#ended = done
    // Also at the end there may be bytes: fewer than were asked for. After a cancel there is no buffer either.
    if (!value || value.byteLength === 0) return this.#ended ? null : this.read()
    this.#buffer = value.buffer
    this.#adapt(value.byteLength, performance.now() - began)
    return value
  }

  async cancel(): Promise<void> {
    this.#ended = true
    await this.#reader.cancel()
  }

  #request(): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>> {
    return this.#reader.read(new Uint8Array(this.#buffer), { min: this.#min })
  }

  /** A read that is broken off when it takes long. Null then: what had arrived stays in the stream for the next. */
  async #patiently(): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>> | null> {
    if (this.#min === 1) return null
    let brokenOff = false
    const timer = setTimeout(() => {
      try {
        this.#reader.releaseLock()
        brokenOff = true
      } catch {
        // Browsers from before 2023 keep the lock while a read waits; then it waits.
      }
    }, PATIENCE)
    try {
      return await this.#request()
    } catch (error) {
      if (!brokenOff) throw error
      this.#reader = this.#stream.getReader({ mode: 'byob' })
      this.#buffer = new ArrayBuffer(BUFFER)
      this.#min = 1
      return null
    } finally {
      clearTimeout(timer)
    }
  }

  #adapt(bytes: number, elapsed: number): void {
    this.#received += bytes
    // The first bytes come in a burst that says nothing of the link, and of a small body none should be lost.
    const inTime = this.#received < BUFFER ? 0 : (bytes / Math.max(elapsed, 0.01)) * AIM
    // A stream drops what a broken-off read had gathered when nothing but its end comes after it. So no read waits for more
    // than surely comes: each that is broken off is followed by more, and without a length none waits.
    const least = Math.min(MOST, Math.floor(inTime), this.#length - this.#received)
    this.#min = inTime < LEAST ? 1 : Math.max(1, least)
  }
}

/**
 * WebKit slows no connection down for a reader that lags, and when it breaks throws away what nobody has read: so chunks are
 * taken as they come. They lie in memory either way.
 */
function chunkReader(reader: ReadableStreamDefaultReader<Uint8Array>): Reader {
  const ahead: Promise<ReadableStreamReadResult<Uint8Array>>[] = []
  const take = (): void => {
    const next = reader.read()
    // Whoever comes to it hears of its failure.
    next.catch(() => {})
    ahead.push(next)
  }
  for (let taken = 0; taken < AHEAD; taken++) take()
  return {
    async read() {
      for (;;) {
        take()
        const { value, done } = (await ahead.shift()) as ReadableStreamReadResult<Uint8Array>
        if (done) return null
        if (value.byteLength > 0) return value
      }
    },
    cancel: () => reader.cancel(),
  }
}
