/**
 * Owns: the bytes of an answer as they come from the socket. Why not a web stream: the layers between it and
 * the socket cost more than the transfer itself.
 */
import type { IncomingMessage } from 'node:http'
import { parseContentLength } from '../../model/content-length.ts'
import { URLError } from '../../model/url-error.ts'
import type { BodySource } from '../../ports/transport.ts'
import { ChunkGatherer } from './chunk-gatherer.ts'
import { networkError } from './network-errors.ts'

export interface MessageBodyParts {
  readonly message: IncomingMessage
  readonly url: string
  readonly method: string
  readonly signal: AbortSignal | null
  /** What the request itself failed with: says more than the message's bare "aborted". */
  readonly requestError: () => unknown
}

export class MessageBody implements BodySource {
  readonly #parts: MessageBodyParts
  /** Bytes that Content-Length promises, or null when there is no promise to keep. */
  readonly #promised: number | null
  /** True when nothing but the closing of the connection tells where the body ends. */
  readonly #untilClosed: boolean
  readonly #arrived = new ChunkGatherer()
  #received = 0
  #endedAt: number | null = null
  /** True when the end was told to the reader. */
  #over = false
  /** Why reading ended before the body did: cancelled, lost, or the signal's reason. */
  #stopped: { readonly reason: unknown } | null = null
  #wake: (() => void) | null = null

  constructor(parts: MessageBodyParts) {
    this.#parts = parts
    const { message, method, signal } = parts
    const bodiless = method === 'HEAD' || message.statusCode === 204 || message.statusCode === 304
    this.#promised = bodiless ? null : parseContentLength(message.headers['content-length'] ?? null)
    const framed = bodiless || this.#promised !== null || /chunked/i.test(message.headers['transfer-encoding'] ?? '')
    this.#untilClosed = !framed
    message.on('data', (chunk: Buffer) => this.#take(chunk))
    const stir = (): void => this.#wake?.()
    for (const event of ['end', 'error', 'close']) message.on(event, stir)
    signal?.addEventListener('abort', this.#abort, { once: true })
  }

  /** Bytes that have come so far, as they came. */
  get received(): number {
    return this.#received
  }

  /** When the end was read, in milliseconds since the epoch; null before. */
  get endedAt(): number | null {
    return this.#endedAt
  }

  async read(): Promise<Uint8Array | null> {
    const { message } = this.#parts
    for (;;) {
      if (this.#stopped) throw this.#stopped.reason
      if (this.#over) return null
      // Also of a connection that is lost already: what had arrived counts.
      const bytes = this.#arrived.next()
      if (message.isPaused() && !message.destroyed) message.resume()
      if (bytes) return bytes
      if (message.readableEnded) return this.#end()
      const rest = message.destroyed ? (message.read() as Buffer | null) : null
      if (rest) {
        this.#received += rest.length
        return rest
      }
      if (message.closed) throw this.#lost(message.errored)
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = null
    }
  }

  cancel(): Promise<void> {
    this.#stop(
      new URLError('cancelled', { url: this.#parts.url, phase: 'body', why: 'the rest of the body was given up' }),
    )
    return Promise.resolve()
  }

  #take(chunk: Buffer): void {
    if (this.#stopped) return
    this.#received += chunk.length
    this.#arrived.add(chunk)
    if (this.#arrived.full) this.#parts.message.pause()
    this.#wake?.()
  }

  readonly #abort = (): void => this.#stop(this.#parts.signal?.reason)

  #stop(reason: unknown): void {
    const { message } = this.#parts
    if (this.#over || this.#stopped) return
    this.#stopped = { reason }
    this.#detach()
    // A body that is here as a whole is thrown away, and the connection can be used again.
    if (message.readableEnded || (message.complete && message.errored === null)) message.resume()
    else message.destroy()
    this.#wake?.()
  }

  #end(): null {
    if (this.#promised !== null && this.#received !== this.#promised) throw this.#lost(null)
    // node:http takes a connection that was reset for one that was closed, and the body for complete.
    if (this.#untilClosed && this.#parts.requestError() !== null) throw this.#lost(null)
    this.#over = true
    this.#endedAt = Date.now()
    this.#detach()
    return null
  }

  #lost(cause: unknown): URLError {
    const { url, requestError } = this.#parts
    const closed = `the connection closed after ${this.#received} bytes`
    const error = requestError() ?? cause ?? Object.assign(new Error(closed), { code: 'ECONNRESET' })
    const reason = networkError(error, { url, phase: 'body', bytesTransferred: this.#received })
    this.#stopped = { reason }
    this.#detach()
    return reason
  }

  #detach(): void {
    this.#parts.signal?.removeEventListener('abort', this.#abort)
  }
}
