/**
 * Owns: the browser's WebSocket as streams (WebSocketStream; Chromium from 124 on), which reads only when it is asked to. Loaded for a
 * socket that is to pause; for all others the plain one is better: when a close arrives, Chromium forgets the messages that it had
 * received and not handed over (measured in 156: up to about 100 KB). So a close while reading was paused is told as a loss.
 */
import { sizeOf } from '../../loading/sockets/message-size.ts'
import { asSocketURL } from '../../model/schemes.ts'
import type { SocketMessage } from '../../model/web-socket-options.ts'
import { URLError } from '../../model/url-error.ts'
import type { Socket, SocketAnswer, SocketEnd, SocketListener, SocketOffer } from '../../ports/socket-transport.ts'
import type { WireRequest } from '../../ports/transport.ts'
import { unmade, unopened, upgraded } from './web-socket-transport.ts'

interface Close {
  readonly closeCode?: number
  readonly reason?: string
}

interface Opened {
  readonly readable: ReadableStream<string | ArrayBuffer | Uint8Array<ArrayBuffer>>
  readonly writable: WritableStream<string | Uint8Array<ArrayBuffer>>
  readonly protocol: string
}

/** No library of types has it yet. */
interface StreamSocket {
  readonly opened: Promise<Opened>
  readonly closed: Promise<Close>
  close(how?: Close): void
}

type StreamSocketClass = new (
  url: string,
  options: { readonly protocols: readonly string[]; readonly signal: AbortSignal },
) => StreamSocket

/** As {@link SocketTransport.open}. */
export async function openSocketStream(request: WireRequest, offer: SocketOffer): Promise<SocketAnswer> {
  const { signal } = request
  const url = asSocketURL(request.url)
  signal.throwIfAborted()
  const socket = created(url, offer.protocols, signal)
  // The end is told by `opened`, or by whoever listens.
  socket.closed.catch(() => {})
  try {
    const opened = await socket.opened
    return { response: upgraded(url), socket: new StreamedSocket(socket, opened, url) }
  } catch {
    signal.throwIfAborted()
    throw unopened(request)
  }
}

function created(url: string, protocols: readonly string[], signal: AbortSignal): StreamSocket {
  try {
    const { WebSocketStream } = globalThis as unknown as { readonly WebSocketStream: StreamSocketClass }
    return new WebSocketStream(url, { protocols, signal })
  } catch (cause) {
    throw unmade(cause, url)
  }
}

class StreamedSocket implements Socket {
  readonly ping = null
  readonly pause: (on: boolean) => void
  readonly protocol: string
  buffered = 0
  readonly #socket: StreamSocket
  readonly #reader: ReadableStreamDefaultReader<string | ArrayBuffer | Uint8Array<ArrayBuffer>>
  readonly #writer: WritableStreamDefaultWriter<string | Uint8Array<ArrayBuffer>>
  readonly #url: string
  /** Messages, and the end, before anybody listened. */
  #early: (SocketMessage | SocketEnd)[] | null = []
  #listener: SocketListener | null = null
  #held = false
  #goOn: () => void = () => {}
  /** Settles when everything that was given to `send` so far is with the browser. */
  #last: Promise<unknown> = Promise.resolve()
  /** Blobs on their way into memory, behind which everything else waits. */
  #blobs = 0
  #below: { readonly mark: number; readonly tell: () => void } | null = null
  #closing = false

  constructor(socket: StreamSocket, { readable, writable, protocol }: Opened, url: string) {
    this.#socket = socket
    this.#url = url
    this.protocol = protocol
    this.#reader = readable.getReader()
    this.#writer = writable.getWriter()
    // Why there is nothing more to write is told by the end.
    this.#writer.closed.catch(() => {})
    this.pause = (on) => this.#pause(on)
    void this.#read(this.#ended())
  }

  listen(listener: SocketListener): void {
    this.#listener = listener
    for (const one of this.#early ?? []) give(listener, one)
    this.#early = null
  }

  send(message: string | Uint8Array<ArrayBuffer> | Blob): void {
    if (this.#closing) return
    const isBlob = message instanceof Blob
    const size = sizeOf(message)
    // The stream takes it later than now.
    const lasting = message instanceof Uint8Array ? message.slice() : message
    this.buffered += size
    this.#last =
      isBlob || this.#blobs > 0 ? this.#sendBehind(lasting, this.#last) : this.#writer.write(lasting as string)
    this.#last.then(
      () => this.#sent(size),
      () => {},
    )
  }

  whenBelow(mark: number, tell: () => void): void {
    this.#below = { mark, tell }
    this.#sent(0)
  }

  close(code: number, reason: string): void {
    if (this.#closing) return
    this.#closing = true
    const close = (): void => this.#socket.close({ closeCode: code, reason })
    if (this.buffered === 0) return close()
    void this.#last.then(close, () => {})
  }

  leave(): void {
    this.#early = null
    this.#listener = null
    if (!this.#closing) this.#socket.close()
    this.#closing = true
    // What comes before the other side's close frame is in its way.
    this.#pause(false)
  }

  drop(): void {
    this.leave()
    void this.#writer.abort().catch(() => {})
  }

  async #sendBehind(message: string | Uint8Array<ArrayBuffer> | Blob, before: Promise<unknown>): Promise<void> {
    this.#blobs += 1
    const [bytes] = await Promise.all([message instanceof Blob ? message.arrayBuffer() : message, before])
    this.#blobs -= 1
    await this.#writer.write(bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes)
  }

  #sent(size: number): void {
    this.buffered -= size
    const below = this.#below
    if (!below || this.buffered >= below.mark) return
    this.#below = null
    below.tell()
  }

  #pause(on: boolean): void {
    this.#held = on
    if (!on) this.#goOn()
  }

  /** Everything up to the end, one message in hand while it is paused; the rest stays where it is. */
  async #read(ended: Promise<SocketEnd>): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read()
        while (this.#held) await new Promise<void>((resolve) => (this.#goOn = resolve))
        if (done) break
        this.#hand(value instanceof ArrayBuffer ? new Uint8Array(value) : value)
      }
    } catch {
      // The end says it too.
    }
    this.#hand(await ended)
  }

  #hand(one: SocketMessage | SocketEnd): void {
    if (this.#listener) give(this.#listener, one)
    else this.#early?.push(one)
  }

  async #ended(): Promise<SocketEnd> {
    try {
      const { closeCode = 1005, reason = '' } = await this.#socket.closed
      if (!this.#held) return { code: closeCode, reason, error: null }
      const why = `it was closed with ${closeCode} while reading was paused, and what had arrived may be lost`
      return {
        code: null,
        reason: '',
        error: new URLError('networkConnectionLost', { url: this.#url, phase: 'body', why }),
      }
    } catch {
      // Without a close frame; the browser does not say why.
      return { code: null, reason: '', error: null }
    }
  }
}

function give(listener: SocketListener, one: SocketMessage | SocketEnd): void {
  if (typeof one === 'string' || one instanceof Uint8Array) listener.message(one)
  else listener.closed(one)
}
