/**
 * Owns: WebSockets in Node, by the package `ws`. Why not Node's own: it sends no headers and no pings, tells no causes, knows nothing of
 * a session's proxy and TLS, and cannot stop reading.
 */
import type { IncomingMessage } from 'node:http'
import { WebSocket, type ClientOptions, type RawData } from 'ws'
import { asHandshakeURL, asSocketURL } from '../../model/schemes.ts'
import { URLError } from '../../model/url-error.ts'
import type {
  Socket,
  SocketAnswer,
  SocketEnd,
  SocketListener,
  SocketOffer,
  SocketTransport,
} from '../../ports/socket-transport.ts'
import type { WireRequest, WireResponse } from '../../ports/transport.ts'
import { cookieTransport } from './cookie-transport.ts'
import { headersOf } from './http-fetch.ts'
import type { HttpAgents } from './http-agents.ts'
import { networkError } from './network-errors.ts'
import { agentsOf, cookieStorageOf, type NodeNetworkSettings } from './node-network.ts'
import { answeringProxies } from './proxy-challenge.ts'
import type { TunnelOptions } from './secure-agent.ts'

/** Milliseconds that the other side has to end a connection that was closed, from the close frame on. */
const GOODBYE = 10_000
/** Bytes that may still be here when the close frame goes behind them: about what the system takes at once. */
const REST = 1 << 16

/** The sockets of a session with these settings: its proxy, its TLS, its cookies. */
export function nodeSockets(settings: NodeNetworkSettings): SocketTransport {
  const agents = agentsOf(settings)
  const jar = cookieStorageOf(settings)
  return {
    sendsHeaders: true,
    pauses: true,
    async open(request, offer) {
      let socket: Socket | null = null
      const send = answeringProxies(async (wire) => {
        const answer = await handshake(wire, offer, agents)
        socket = answer.socket
        return answer.response
      })
      const carrier = { redirects: 'each-hop', strictDecoding: true, send } as const
      const way = jar && settings.cookies ? cookieTransport(jar, carrier, settings.cookies) : carrier
      return { response: await way.send(request), socket }
    },
  }
}

function handshake(request: WireRequest, offer: SocketOffer, agents: HttpAgents): Promise<SocketAnswer> {
  const { signal } = request
  const url = asSocketURL(request.url)
  return new Promise<SocketAnswer>((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error)
    const headers = Object.fromEntries(request.headers)
    const tunnel: TunnelOptions = { tunnelSignal: signal, tunnelAuthorization: headers['proxy-authorization'] ?? null }
    delete headers['proxy-authorization']
    // The types of ws lag behind it.
    const options: ClientOptions & TunnelOptions & { readonly closeTimeout: number } = {
      ...tunnel,
      headers,
      agent: agents.toHost(new URL(request.url)),
      // It takes 32 bits of the number, and none for no limit; what is longer is measured when it is here.
      maxPayload: offer.maximumMessageSize < 2 ** 31 ? offer.maximumMessageSize : 0,
      followRedirects: false,
      closeTimeout: GOODBYE,
    }
    const socket = new WebSocket(url, [...offer.protocols], options)
    // Not as Buffers: those may share their memory with others.
    socket.binaryType = 'arraybuffer'
    const abort = (): void => {
      socket.terminate()
      settle(() => reject(signal.reason as Error))
    }
    const settle = (end: () => void): void => {
      signal.removeEventListener('abort', abort)
      end()
    }
    signal.addEventListener('abort', abort, { once: true })
    let head: IncomingMessage | null = null
    socket.on('upgrade', (message) => (head = message))
    socket.once('open', () => {
      socket.removeListener('error', failed)
      const upgrade = head as IncomingMessage
      const open = new FrameSocket(socket, upgrade.socket, url, offer.maximumMessageSize)
      settle(() => resolve({ response: answer(upgrade, url), socket: open }))
    })
    const failed = (error: Error): void => settle(() => reject(handshakeError(error, url)))
    socket.on('error', failed)
    socket.once('unexpected-response', (_request, message) =>
      settle(() => resolve({ response: answer(message, url), socket: null })),
    )
  })
}

/** What has no code of the system's is ws's judgement on what the server said. */
function handshakeError(cause: Error, url: string): URLError {
  if (URLError.is(cause) || 'code' in cause || cause instanceof AggregateError)
    return networkError(cause, { url, phase: 'connect' })
  return new URLError('badServerResponse', { url, phase: 'response', why: cause.message, cause })
}

const answer = (message: IncomingMessage, url: string): WireResponse => ({
  status: message.statusCode ?? 0,
  statusText: message.statusMessage ?? '',
  url: asHandshakeURL(url),
  redirected: false,
  headers: headersOf(message.rawHeaders, url),
  headersFiltered: false,
  body: {
    read: async () => null,
    cancel: async () => void message.destroy(),
  },
})

class FrameSocket implements Socket {
  readonly ping: () => Promise<void>
  readonly pause: (on: boolean) => void
  readonly #socket: WebSocket
  readonly #url: string
  readonly #limit: number
  readonly #line: IncomingMessage['socket']
  /** Pings that wait for their pong, by what they carry. */
  readonly #pings = new Map<string, PromiseWithResolvers<void>>()
  #pinged = 0
  #listener: SocketListener | null = null
  #end: SocketEnd | null = null
  #error: URLError | null = null
  #below: { readonly mark: number; readonly tell: () => void } | null = null
  #held = false
  /** What it is closed with. */
  #goodbye: { readonly code: number; readonly reason: string } | null = null
  /** On their way into memory, with everything else behind them. */
  #blobs = 0

  constructor(socket: WebSocket, line: IncomingMessage['socket'], url: string, limit: number) {
    this.#socket = socket
    this.#line = line
    this.#url = url
    this.#limit = limit
    this.ping = () => this.#ping()
    this.pause = (on) => this.#pause(on)
    // Nothing is read before somebody listens.
    socket.pause()
    socket.on('message', (data: RawData, isBinary: boolean) => this.#message(data as ArrayBuffer | Buffer, isBinary))
    socket.on('pong', (data) => this.#pong(data.toString('latin1')))
    socket.on('error', (cause) => (this.#error ??= this.#nameOf(cause)))
    socket.on('close', (code, reason) => this.#closed(code, reason.toString()))
  }

  get protocol(): string {
    return this.#socket.protocol
  }

  get buffered(): number {
    return this.#socket.bufferedAmount
  }

  get arrived(): number {
    return this.#line.bytesRead
  }

  listen(listener: SocketListener): void {
    this.#listener = listener
    if (this.#end) listener.closed(this.#end)
    else this.#pause(this.#held)
  }

  send(message: string | Uint8Array<ArrayBuffer> | Blob): void {
    if (message instanceof Blob) return this.#sendBlob(message)
    // A compressed message is read later than now, and one that stands behind a Blob.
    const later = message instanceof Uint8Array && (this.#blobs > 0 || this.#socket.extensions !== '')
    this.#socket.send(later ? message.slice() : message, this.#sent)
  }

  whenBelow(mark: number, tell: () => void): void {
    this.#below = { mark, tell }
  }

  close(code: number, reason: string): void {
    this.#socket.resume()
    this.#goodbye = { code, reason }
    this.#line.on('drain', () => this.#sayGoodbye())
    this.#sayGoodbye()
  }

  leave(): void {
    this.#listener = null
    this.#socket.resume()
    this.#socket.close(this.#goodbye?.code, this.#goodbye?.reason)
  }

  drop(): void {
    this.#listener = null
    this.#socket.terminate()
  }

  /** The time that ws gives the other side runs from here, and not while it still takes what was sent. */
  #sayGoodbye(): void {
    if (!this.#goodbye || this.#socket.bufferedAmount > REST) return
    const { code, reason } = this.#goodbye
    this.#socket.close(code, reason)
  }

  /** One for all messages. What could not be sent is told by the end of the connection. */
  readonly #sent = (error?: Error | null): void => {
    if (this.#goodbye) this.#sayGoodbye()
    const below = this.#below
    if (error || !below || this.#socket.bufferedAmount >= below.mark) return
    this.#below = null
    below.tell()
  }

  #sendBlob(blob: Blob): void {
    this.#blobs += 1
    this.#socket.send(blob, (error) => {
      this.#blobs -= 1
      this.#sent(error)
    })
  }

  #pause(on: boolean): void {
    this.#held = on
    if (on || !this.#listener) this.#socket.pause()
    else this.#socket.resume()
  }

  #ping(): Promise<void> {
    const name = String(++this.#pinged)
    const answered = Promise.withResolvers<void>()
    this.#pings.set(name, answered)
    answered.promise.catch(() => {})
    this.#socket.ping(name, true, (error?: Error | null) => {
      if (error) answered.reject(this.#nameOf(error))
    })
    return answered.promise
  }

  /** RFC 6455 §5.5.3: a pong may answer the newest ping alone, and then answers those before it too. */
  #pong(name: string): void {
    if (!this.#pings.has(name)) return
    for (const [one, { resolve }] of this.#pings) {
      this.#pings.delete(one)
      resolve()
      if (one === name) return
    }
  }

  /** Bytes come as asked for; a text always as a Buffer, in valid UTF-8. */
  #message(data: ArrayBuffer | Buffer, isBinary: boolean): void {
    this.#listener?.message(isBinary ? new Uint8Array(data as ArrayBuffer) : (data as Buffer).toString())
  }

  #closed(code: number, reason: string): void {
    const framed = code !== 1006 && this.#error === null
    this.#end = { code: framed ? code : null, reason, error: this.#error }
    const error = this.#error ?? new URLError('networkConnectionLost', { url: this.#url, phase: 'body' })
    for (const { reject } of this.#pings.values()) reject(error)
    this.#pings.clear()
    this.#listener?.closed(this.#end)
  }

  #nameOf(cause: Error): URLError {
    const code = 'code' in cause ? String(cause.code) : ''
    const details = { url: this.#url, phase: 'body', cause } as const
    if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
      const why = `a message of more than the ${this.#limit} bytes of maximumMessageSize`
      return new URLError('dataLengthExceedsMaximum', { ...details, why })
    }
    if (code.startsWith('WS_ERR_')) return new URLError('cannotParseResponse', { ...details, why: cause.message })
    return networkError(cause, { url: this.#url, phase: 'body' })
  }
}
