/**
 * One WebSocket task under way: over as many connections as it takes, from its first wait to its end. What a connection is and does is
 * in `web-socket-talk.ts`; how to get one, and whether to get another, is decided here.
 */
import { Gate } from '../loading/gate.ts'
import { isUnreachable } from '../loading/retry.ts'
import { Inbox } from '../loading/sockets/inbox.ts'
import { Outbox } from '../loading/sockets/outbox.ts'
import { Reopening } from '../loading/sockets/reopening.ts'
import { RoundTrips } from '../loading/sockets/round-trips.ts'
import type { SocketConnection, SocketLoader } from '../loading/sockets/socket-loader.ts'
import { TransactionLog } from '../loading/transaction-log.ts'
import type { LoadQuestions } from '../loading/loader.ts'
import type { Waits } from '../loading/waits.ts'
import type { TaskMetrics } from '../model/metrics.ts'
import { describeCause, URLError } from '../model/url-error.ts'
import type { Heartbeat, OutgoingMessage, Reconnect, SocketMessage } from '../model/web-socket-options.ts'
import type { SocketEnd, SocketShare } from '../ports/socket-transport.ts'
import type { SocketGap } from './delegate.ts'
import { freshTarget, type SocketTarget } from './fresh-socket-request.ts'
import { socketQuestions } from './web-socket-questions.ts'
import { WebSocketTalk, type TalkParts } from './web-socket-talk.ts'
import type { WebSocketInlet, WebSocketResult } from './web-socket-task.ts'

/** What is remembered until it is known to have arrived. */
const REMEMBERED = { messages: 1000, bytes: 1 << 23 }
/** Bytes. */
const MARK = 1 << 20
const ROOM = { limit: 10_000, bytes: 1 << 26 }

/** What the tries of one task have in common. */
interface Trying {
  readonly loader: SocketLoader
  readonly waits: Waits
  readonly questions: LoadQuestions
  readonly reopening: Reopening
}

export class WebSocketRun {
  readonly #inlet: WebSocketInlet
  readonly #url: string
  readonly #stop = new AbortController()
  readonly #gate = new Gate()
  readonly #log = new TransactionLog()
  readonly #trips = new RoundTrips()
  readonly #inbox: Inbox
  readonly #outbox: Outbox
  readonly #reconnect: Reconnect | null
  readonly #created = Date.now()
  readonly #connected = Promise.withResolvers<void>()
  #target: SocketTarget
  /** Whether it was tried to connect before. */
  #tried = false
  #waits: Waits | null = null
  #talk: WebSocketTalk | null = null
  /** A handshake is under way, or what came of it is not yet talked over. */
  #handshaking = false
  /** Of the connection that is there, or asked for: the task's may be another by now. */
  #maximumMessageSize = 0
  #closing: WebSocketResult | null = null
  #closed: WebSocketResult | null = null
  #received = 0
  #bytes = 0
  #reconnections = 0
  #hinted = false
  #stopWatching: () => void = () => {}

  constructor(inlet: WebSocketInlet) {
    const { inbox, outbox, reconnect, protocols, highWaterMark = MARK } = inlet.origin.options
    this.#inlet = inlet
    this.#target = { request: inlet.origin.request, protocols: protocols ?? [] }
    this.#url = inlet.origin.request.url
    this.#reconnect = typeof reconnect === 'object' ? reconnect : null
    this.#inbox = new Inbox({ ...ROOM, whenFull: 'close', ...inbox }, () => this.#talk?.pace())
    const remembers = this.#reconnect ? REMEMBERED : null
    this.#outbox = new Outbox({ url: this.#url, ...ROOM, ...outbox, highWaterMark, remembers })
    this.#connected.promise.catch(() => {})
  }

  async start(): Promise<void> {
    if (this.#stop.signal.aborted) return
    if (this.#inlet.task.state === 'suspended') this.hold(true)
    try {
      await this.#live()
    } catch (error) {
      this.#over(error)
    }
  }

  send(message: OutgoingMessage): Promise<void> {
    try {
      return this.#outbox.send(message)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  next(): Promise<IteratorResult<SocketMessage, undefined>> {
    return this.#inbox.take()
  }

  async receive(): Promise<SocketMessage> {
    const { done, value } = await this.#inbox.take()
    if (done) throw this.#closedError()
    return value
  }

  async ping(): Promise<{ roundTrip: number }> {
    await this.#connected.promise
    this.#stop.signal.throwIfAborted()
    if (!this.#talk) throw this.#lost()
    return { roundTrip: await this.#talk.heartbeat.ping() }
  }

  hold(on: boolean): void {
    if (on) this.#gate.close()
    else this.#gate.open()
    this.#talk?.hold(on)
  }

  rebegin(): void {
    this.#waits?.rebegin()
  }

  close(code: number, reason: string): void {
    this.#closing = { code, reason }
    this.#inbox.whenFull = 'drop-oldest'
    this.#outbox.close(this.#closedError())
    this.hold(false)
    if (this.#talk) this.#talk.close(code, reason)
    // Who waits for a moment or a network has nobody to say goodbye to.
    else if (!this.#handshaking && this.#waits) this.#over(new URLError('cancelled', { url: this.#url }))
  }

  /** @param cause What promises reject with. */
  stop(error: URLError, cause: unknown): void {
    this.#inbox.end(cause as Error)
    this.#talk?.leave()
    this.#over(error)
  }

  /** The task is over: whoever waits for something learns it. */
  end(error: URLError | null): void {
    const why = error ?? this.#closedError()
    this.#talk?.end(why)
    this.#stop.abort(why)
    this.#stopWatching()
    this.#inbox.end(error)
    this.#outbox.end(why)
    this.#connected.reject(why)
    this.#talk = null
  }

  async #live(): Promise<void> {
    const { origin, task, teller, owner, warn, waits: shows, sent } = this.#inlet
    const lane = await origin.lane()
    const loader = await lane.sockets(this.#share())
    this.#setPolicy(loader)
    const { clock, chance, connectivity, settings } = loader
    const waits = (this.#waits = loader.waits(this.#waitOptions(), this.#stop))
    const { request } = origin
    const asked = { task, teller, request, owner, proposed: request.proposed ?? null, warn, waits: shows, sent }
    const reopening = new Reopening(this.#reconnect, settings)
    const trying = { loader, waits, questions: socketQuestions(asked, lane), reopening }
    const beginAt = (): number | null => task.earliestBeginDate?.getTime() ?? null
    // As where it is closed while it waits: there is nobody to say goodbye to.
    if (this.#closing && (beginAt() ?? 0) > clock.now()) throw new URLError('cancelled', { url: this.#url })
    await waits.begin(beginAt)
    // Stopped while all this was loaded, it would never end what begins here.
    this.#stop.signal.throwIfAborted()
    this.#stopWatching = connectivity.subscribe((event) => {
      if (event !== 'offline') this.#talk?.heartbeat.probe()
    })
    let gap: Omit<SocketGap, 'until'> | null = null
    for (;;) {
      const connection = await this.#connection(trying)
      // Stopped in the moment since it was there, nobody else knows of it.
      if (this.#stop.signal.aborted) return connection.socket.drop()
      const opened = clock.now()
      const end = await this.#talkOver(connection, loader, gap)
      if (this.#stop.signal.aborted) return
      const delay = this.#closing ? null : reopening.afterLoss(end, clock.now() - opened, chance.next())
      if (delay === null) return this.#ended(end)
      const { messages, forgotten } = this.#outbox.takeUnacknowledged()
      gap = { since: clock.now(), code: end.code, reason: end.reason, unacknowledged: messages, forgotten }
      this.#reconnections += 1
      await this.#pauseBefore(waits, end.error?.message ?? `the connection ended (${end.code ?? 'lost'})`, delay)
    }
  }

  /** The next connection, after as many attempts as are allowed. */
  async #connection({ loader, waits, questions, reopening }: Trying): Promise<SocketConnection> {
    const { clock, chance, settings } = loader
    const { signal } = this.#stop
    for (;;) {
      await this.#gate.pass(signal)
      const start = clock.now()
      try {
        await this.#freshen(reopening.attempt, loader)
        return await this.#handshake(loader, questions)
      } catch (thrown) {
        signal.throwIfAborted()
        const error = URLError.from(thrown, 'unknown', { url: this.#url })
        this.#record(start, clock.now(), error.status, error, 0)
        if (this.#closing) throw error
        // Who wants it to go on has nothing from attempts without a network.
        const offline = this.#reconnect !== null && error.code === 'notConnectedToInternet'
        const unreachable = offline || (settings.waitsForConnectivity && isUnreachable(error))
        const delay = unreachable ? null : reopening.afterFailure(error, chance.next())
        if (unreachable) await waits.network()
        else if (delay === null) throw error
        else await this.#pauseBefore(waits, error.message, delay)
      }
    }
  }

  async #handshake(loader: SocketLoader, questions: LoadQuestions): Promise<SocketConnection> {
    this.#handshaking = true
    const { maximumMessageSize } = this.#inlet.task
    this.#maximumMessageSize = maximumMessageSize
    try {
      return await loader.open(this.#target.request, {
        offer: { protocols: this.#target.protocols, maximumMessageSize },
        questions,
        signal: this.#stop.signal,
        headersNotSent: (names) => this.#warnOfHeaders(names),
      })
    } catch (error) {
      this.#handshaking = false
      throw error
    }
  }

  async #talkOver(
    connection: SocketConnection,
    { clock }: SocketLoader,
    gap: Omit<SocketGap, 'until'> | null,
  ): Promise<SocketEnd> {
    const start = clock.now()
    const before = this.#bytes
    const talk = new WebSocketTalk(connection, this.#talkParts(clock))
    this.#talk = talk
    this.#handshaking = false
    this.#connected.resolve()
    const stopped = (): void => this.#recordTalk(talk, start, before, null)
    this.#stop.signal.addEventListener('abort', stopped, { once: true })
    talk.begin(gap && { ...gap, until: start }, this.#gate.closed)
    if (this.#closing) talk.close(this.#closing.code, this.#closing.reason)
    const end = await talk.ended
    this.#stop.signal.removeEventListener('abort', stopped)
    this.#recordTalk(talk, start, before, end.error)
    const why = end.error ?? this.#lost()
    talk.end(why)
    this.#outbox.detach(why)
    this.#talk = null
    return end
  }

  #talkParts(clock: SocketLoader['clock']): TalkParts {
    const { origin, task, teller, opened, warn } = this.#inlet
    return {
      url: this.#url,
      clock,
      task,
      teller,
      ownFrames: origin.ownFrames,
      heartbeat: this.#heartbeat(),
      maximumMessageSize: this.#maximumMessageSize,
      inbox: this.#inbox,
      outbox: this.#outbox,
      trips: this.#trips,
      opened,
      threw: (what, cause) => {
        const message = `heartbeat.${what} threw ${describeCause(cause) ?? 'something'}, and counts for nothing`
        warn({ code: 'heartbeatThrew', message })
      },
      heard: (bytes) => {
        this.#received += 1
        this.#bytes += bytes
      },
      failed: (error) => this.#over(error),
    }
  }

  /** What tabs share it under, where they do. */
  #share(): SocketShare | null {
    const { request, options } = this.#inlet.origin
    const { shared, protocols = [], heartbeat = null, highWaterMark = MARK } = options
    return shared ? { name: shared, url: request.url, protocols, heartbeat, highWaterMark } : null
  }

  /** On a shared connection the tab that holds it knows the question and the answer, and is asked as for a ping. */
  #heartbeat(): Heartbeat | null {
    const { shared, heartbeat = null } = this.#inlet.origin.options
    if (!shared || !heartbeat) return heartbeat
    const { send: _send, expect: _expect, ...times } = heartbeat
    return times
  }

  #ended(end: SocketEnd): void {
    const { closed, task, teller } = this.#inlet
    if (end.code === null) return this.#over(end.error ?? this.#lost())
    const result = this.#closing ?? { code: end.code, reason: end.reason }
    this.#closed = result
    closed(result.code, result.reason)
    teller.tell('didClose', (delegate) => delegate.didClose?.(task, result.code, result.reason))
    this.#over(null, result)
  }

  #over(thrown: unknown, result: WebSocketResult | null = null): void {
    this.#inlet.over(thrown, () => this.#metrics(), result)
  }

  #lost(): URLError {
    const why = 'the connection ended without a close frame'
    return new URLError('networkConnectionLost', { url: this.#url, phase: 'body', why })
  }

  /** For whoever wants more of a socket that was closed in good order. */
  #closedError(): URLError {
    const { code, reason } = this.#closed ?? this.#closing ?? { code: 1006, reason: '' }
    const why = `it was closed with ${code}${reason && ` ${JSON.stringify(reason)}`}`
    return new URLError('networkConnectionLost', { url: this.#url, phase: 'body', why, retryable: false })
  }

  /** What is done with messages that nobody takes, as far as the platform can. */
  #setPolicy({ pauses }: SocketLoader): void {
    const { inbox } = this.#inlet.origin.options
    const whenFull = inbox?.whenFull ?? (pauses ? 'wait' : 'close')
    if (whenFull === 'wait' && !pauses) {
      const why = 'this browser cannot stop reading a WebSocket, which inbox.whenFull "wait" asks for'
      throw new URLError('unsupportedByPlatform', { url: this.#url, phase: 'setup', why, hint: 'use "close"' })
    }
    if (!this.#closing) this.#inbox.whenFull = whenFull
  }

  #waitOptions(): ConstructorParameters<typeof Waits>[0] {
    const { task, teller, waits } = this.#inlet
    return {
      uid: String(task.identifier),
      onWaiting: waits,
      onWaitsForConnectivity: () =>
        teller.tell('isWaitingForConnectivity', (delegate) => delegate.isWaitingForConnectivity?.(task)),
    }
  }

  async #pauseBefore(waits: Waits, why: string, delay: number): Promise<void> {
    this.#inlet.warn({ code: 'retrying', message: `${why}; connecting again in ${delay} ms` })
    await waits.time('retry', delay, true)
  }

  /** Where to connect this time. Nobody is asked for the first: the call said it. */
  async #freshen(attempt: number, { clock, settings }: SocketLoader): Promise<void> {
    const { origin, waits, areProtocols } = this.#inlet
    const ask = this.#reconnect?.request
    const first = !this.#tried
    this.#tried = true
    if (first || !ask) return
    waits('delegate', null)
    const limit = origin.request.timeout ?? settings.timeout.request
    const parts = { ask, attempt: Math.max(1, attempt), limit, clock, original: origin.request, areProtocols }
    this.#target = await freshTarget(this.#target, { ...parts, signal: this.#stop.signal })
    waits(null, null)
  }

  #warnOfHeaders(names: readonly string[]): void {
    if (this.#hinted) return
    this.#hinted = true
    const message = `a browser sends no ${names.join(', ')} with a WebSocket’s handshake; put a token into the URL, a subprotocol or a cookie`
    this.#inlet.warn({ code: 'handshakeHeadersNotSent', message })
  }

  #recordTalk(talk: WebSocketTalk, start: number, before: number, error: URLError | null): void {
    if (this.#talk === talk) this.#record(start, Date.now(), talk.status, error, this.#bytes - before)
  }

  #record(start: number, end: number, status: number | null, error: URLError | null, bytes: number): void {
    const { url } = this.#target.request
    this.#log.add({
      start,
      end,
      url,
      status,
      from: 0,
      bytes,
      redirectCount: 0,
      error: error?.code ?? null,
      timings: null,
    })
  }

  #metrics(): TaskMetrics {
    return {
      ...this.#log.metrics(this.#created, Date.now()),
      socket: {
        messagesSent: this.#outbox.messages,
        bytesSent: this.#outbox.bytes,
        messagesReceived: this.#received,
        bytesReceived: this.#bytes,
        messagesDropped: this.#inbox.dropped,
        reconnections: this.#reconnections,
        roundTrip: this.#trips.metrics,
      },
    }
  }
}
