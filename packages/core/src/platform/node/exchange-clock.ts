/** Owns: when one exchange did what, and over which connection, as far as node:net and node:http tell. */
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { TransactionTimings } from '../../model/metrics.ts'
import type { HttpRoute } from './http-agents.ts'
import type { MessageBody } from './http-body.ts'

type Moment =
  | 'domainLookupStart'
  | 'domainLookupEnd'
  | 'connectStart'
  | 'secureConnectionStart'
  | 'secureConnectionEnd'
  | 'connectEnd'
  | 'requestStart'
  | 'requestEnd'

type Connection = Pick<
  TransactionTimings,
  'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort' | 'tlsVersion' | 'tlsCipher'
>

const UNKNOWN: Connection = {
  remoteAddress: null,
  remotePort: null,
  localAddress: null,
  localPort: null,
  tlsVersion: null,
  tlsCipher: null,
}

export class ExchangeClock {
  readonly #fetchStart = Date.now()
  readonly #proxied: boolean
  /** True where the connection to the host is the proxy's to make: the socket is there when the proxy has made it. */
  readonly #tunnelled: boolean
  readonly #moments = new Map<Moment, number>()
  #outgoing: ClientRequest | null = null
  #connection = UNKNOWN

  constructor({ proxy, forwarded }: HttpRoute) {
    this.#proxied = proxy !== null
    this.#tunnelled = proxy !== null && !forwarded
  }

  /** Called when the request has its socket. */
  watch(socket: Socket, outgoing: ClientRequest): void {
    this.#outgoing = outgoing
    outgoing.once('finish', () => this.#note('requestEnd'))
    const ready = (): void => {
      this.#note('requestStart')
      this.#connection = connectionOf(socket)
    }
    if (outgoing.reusedSocket) return ready()
    const secure = socket instanceof TLSSocket
    const connected = (): void => {
      // The way to an address, or to a proxy, began before the request had a socket to tell of it.
      if (!this.#moments.has('connectStart')) this.#moments.set('connectStart', this.#fetchStart)
      this.#note(secure ? 'secureConnectionStart' : 'connectEnd')
      if (!secure) ready()
    }
    if (this.#tunnelled) connected()
    else {
      // An address is not looked up, and then there is no such event.
      socket.once('lookup', () => {
        this.#moments.set('domainLookupStart', this.#fetchStart)
        this.#note('domainLookupEnd')
      })
      socket.once('connectionAttempt', () => this.#note('connectStart'))
      socket.once('connect', connected)
    }
    if (secure)
      socket.once('secureConnect', () => {
        this.#note('secureConnectionEnd')
        this.#note('connectEnd')
        ready()
      })
  }

  /** Called when the head of the answer is there; what the body tells later is read from it later. */
  timings(message: IncomingMessage, body: MessageBody, requestBodyBytes: number | null): TransactionTimings {
    const at = (moment: Moment): number | null => this.#moments.get(moment) ?? null
    const responseStart = Date.now()
    const head = this.#outgoing === null ? undefined : (Reflect.get(this.#outgoing, '_header') as unknown)
    return {
      fetchStart: this.#fetchStart,
      domainLookupStart: at('domainLookupStart'),
      domainLookupEnd: at('domainLookupEnd'),
      connectStart: at('connectStart'),
      secureConnectionStart: at('secureConnectionStart'),
      secureConnectionEnd: at('secureConnectionEnd'),
      connectEnd: at('connectEnd'),
      requestStart: at('requestStart'),
      requestEnd: at('requestEnd'),
      responseStart,
      get responseEnd() {
        return body.endedAt
      },
      reusedConnection: this.#outgoing?.reusedSocket ?? false,
      proxyConnection: this.#proxied,
      ...this.#connection,
      protocol: `http/${message.httpVersion}`,
      requestHeaderBytes: typeof head === 'string' ? Buffer.byteLength(head, 'latin1') : null,
      requestBodyBytes,
      responseHeaderBytes: headBytes(message),
      get responseBodyBytes() {
        return body.received === 0 ? null : body.received
      },
    }
  }

  #note(moment: Moment): void {
    this.#moments.set(moment, Date.now())
  }
}

function connectionOf(socket: Socket): Connection {
  const secure = socket instanceof TLSSocket ? socket : null
  return {
    remoteAddress: socket.remoteAddress ?? null,
    remotePort: socket.remotePort ?? null,
    localAddress: socket.localAddress ?? null,
    localPort: socket.localPort ?? null,
    tlsVersion: secure?.getProtocol() ?? null,
    tlsCipher: secure?.getCipher()?.standardName ?? null,
  }
}

function headBytes({ httpVersion, statusCode, statusMessage, rawHeaders }: IncomingMessage): number {
  const line = `HTTP/${httpVersion} ${statusCode} ${statusMessage}\r\n`.length
  // Each pair is followed by ": " and the end of its line; an empty line ends the head.
  return rawHeaders.reduce((sum, text) => sum + text.length + 2, line + 2)
}
