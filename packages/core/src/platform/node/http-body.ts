/**
 * Owns: the bytes of an answer as they come from the socket. Why not a web stream: the layers between it
 * and the socket cost more than the transfer itself; this reads everything the socket has in one piece.
 */
import type { IncomingMessage } from 'node:http'
import { parseContentLength } from '../../model/content-range.ts'
import { URLError } from '../../model/url-error.ts'
import type { BodySource } from '../../ports/transport.ts'
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
  #received = 0
  #over = false
  /** Why reading ended before the body did: cancelled, or the signal's reason. */
  #stopped: { readonly reason: unknown } | null = null
  #wake: (() => void) | null = null

  constructor(parts: MessageBodyParts) {
    this.#parts = parts
    const { message, method, signal } = parts
    const bodiless = method === 'HEAD' || message.statusCode === 204 || message.statusCode === 304
    this.#promised = bodiless ? null : parseContentLength(message.headers['content-length'] ?? null)
    const stir = (): void => this.#wake?.()
    for (const event of ['readable', 'end', 'error', 'close']) message.on(event, stir)
    signal?.addEventListener('abort', this.#abort, { once: true })
  }

  /** Bytes taken so far, as they were on the wire. */
  get received(): number {
    return this.#received
  }

  async read(): Promise<Uint8Array | null> {
    const { message } = this.#parts
    for (;;) {
      if (this.#stopped) throw this.#stopped.reason
      if (this.#over) return null
      // Also of a connection that is lost already: what had arrived counts.
      const chunk = message.read() as Buffer | null
      if (chunk !== null) {
        this.#received += chunk.length
        return chunk
      }
      if (message.readableEnded) return this.#end()
      if (message.closed) throw this.#lost(message.errored)
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = null
    }
  }

  cancel(): Promise<void> {
    this.#stop(new URLError('cancelled', { url: this.#parts.url, phase: 'body', why: 'the rest of the body was given up' }))
    return Promise.resolve()
  }

  readonly #abort = (): void => this.#stop(this.#parts.signal?.reason)

  #stop(reason: unknown): void {
    if (this.#over || this.#stopped) return
    this.#stopped = { reason }
    this.#detach()
    const { message } = this.#parts
    // A body that is here as a whole is thrown away, and the connection can be used again.
    if (message.complete && message.errored === null) while (message.read() !== null);
    else message.destroy()
    this.#wake?.()
  }

  #end(): null {
    if (this.#promised !== null && this.#received !== this.#promised) throw this.#lost(null)
    this.#over = true
    this.#detach()
    return null
  }

  #lost(cause: unknown): URLError {
    const { url, requestError } = this.#parts
    const error =
      requestError() ??
      cause ??
      Object.assign(new Error(`the connection closed after ${this.#received} bytes`), { code: 'ECONNRESET' })
    const lost = networkError(error, { url, phase: 'body', bytesTransferred: this.#received })
    this.#stopped = { reason: lost }
    this.#detach()
    return lost
  }

  #detach(): void {
    this.#parts.signal?.removeEventListener('abort', this.#abort)
  }
}
