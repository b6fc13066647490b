/** A WebSocket's way to a connection: session headers, adapters, transport security and credentials as for any request, then the upgrade. */
import type { Settings } from '../../model/configuration.ts'
import type { DataRequest } from '../../model/request.ts'
import { asHandshakeURL, asSocketURL } from '../../model/schemes.ts'
import { URLError } from '../../model/url-error.ts'
import type { Chance, Clock } from '../../ports/clock.ts'
import type { Connectivity } from '../../ports/connectivity.ts'
import type { Socket, SocketOffer, SocketTransport } from '../../ports/socket-transport.ts'
import type { WireRequest, WireResponse } from '../../ports/transport.ts'
import { Loader, type LoadQuestions } from '../loader.ts'
import { isTransientStatus } from '../retry.ts'
import { named } from '../../model/named-response.ts'
import type { ResponseHead } from '../../model/response.ts'
import { Waits, type WaitOptions, type WaitTools } from '../waits.ts'

/** What a browser adds to every request by itself, and what says nothing. */
const UNTOLD = new Set(['accept', 'accept-language', 'user-agent'])

export interface SocketConnection {
  readonly socket: Socket
  /** The handshake's answer, where the platform shows it. */
  readonly head: ResponseHead | null
}

export interface SocketLoadOptions {
  readonly offer: SocketOffer
  readonly questions: LoadQuestions
  readonly signal: AbortSignal
  /** Told of headers that a browser does not send, by their names. */
  readonly headersNotSent: (names: readonly string[]) => void
}

export class SocketLoader {
  readonly settings: Settings
  readonly clock: Clock
  readonly chance: Chance
  readonly connectivity: Connectivity
  readonly #transport: SocketTransport
  readonly #tools: WaitTools

  constructor(transport: SocketTransport, tools: WaitTools) {
    this.settings = tools.settings
    this.clock = tools.clock
    this.chance = tools.chance
    this.connectivity = tools.connectivity
    this.#transport = transport
    this.#tools = tools
  }

  /** See {@link SocketTransport.pauses}. */
  get pauses(): SocketTransport['pauses'] {
    return this.#transport.pauses
  }

  waits(options: WaitOptions, stop: AbortController): Waits {
    return new Waits(options, this.#tools, stop)
  }

  /**
   * One attempt, within the time that a request has.
   * @throws {URLError} what the platform says; `badServerResponse` for an answer that is no upgrade; `timedOut`; the signal's reason.
   */
  async open(request: DataRequest, options: SocketLoadOptions): Promise<SocketConnection> {
    const { offer, questions, headersNotSent } = options
    const { clock, settings } = this
    const limit = request.timeout ?? settings.timeout.request
    const late = new AbortController()
    const why = `there was no connection after ${limit} ms`
    const cancel = clock.after(limit, () =>
      late.abort(new URLError('timedOut', { url: request.url, phase: 'connect', why })),
    )
    const signal = AbortSignal.any([options.signal, late.signal])
    let socket: Socket | null = null
    const send = async (wire: WireRequest): Promise<WireResponse> => {
      if (!this.#transport.sendsHeaders) {
        const names = [...wire.headers.keys()].filter((name) => !UNTOLD.has(name))
        if (names.length > 0) headersNotSent(names)
      }
      const answer = await this.#transport.open(wire, offer)
      socket = answer.socket
      if (signal.aborted) socket?.drop()
      return answer.response
    }
    const loader = new Loader({ redirects: 'each-hop', strictDecoding: true, send }, settings, null)
    try {
      const handshake = { ...request, url: asHandshakeURL(request.url), body: null, redirect: 'manual' } as const
      const exchange = await loader.load(handshake, { signal, questions })
      const { status, statusText, headers, headersFiltered, body } = exchange
      const head = headersFiltered ? null : named({ url: asSocketURL(exchange.url), status, statusText, headers })
      signal.throwIfAborted()
      if (socket) return { socket, head }
      await body.cancel()
      throw refused(request.url, status)
    } catch (error) {
      // It came, and is not wanted any more.
      ;(socket as Socket | null)?.drop()
      throw error
    } finally {
      cancel()
    }
  }
}

const refused = (url: string, status: number): URLError =>
  new URLError('badServerResponse', {
    url,
    phase: 'response',
    status,
    why: `it answered HTTP ${status}, and not with an upgrade to a WebSocket`,
    retryable: isTransientStatus(status),
  })
