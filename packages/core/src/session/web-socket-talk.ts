/** One connection of a WebSocket task: what goes in and out, who is told, and how it ends. */
import { Heartbeat } from '../loading/sockets/heartbeat.ts'
import type { Inbox } from '../loading/sockets/inbox.ts'
import { sizeOf } from '../loading/sockets/message-size.ts'
import type { Outbox } from '../loading/sockets/outbox.ts'
import type { RoundTrips } from '../loading/sockets/round-trips.ts'
import type { SocketConnection } from '../loading/sockets/socket-loader.ts'
import { URLResponse } from '../model/response.ts'
import { URLError } from '../model/url-error.ts'
import type { Heartbeat as HeartbeatRules, SocketMessage } from '../model/web-socket-options.ts'
import type { Clock } from '../ports/clock.ts'
import type { Socket, SocketEnd } from '../ports/socket-transport.ts'
import type { DelegateTeller } from './delegate-teller.ts'
import type { SocketGap } from './delegate.ts'
import type { WebSocketTask } from './web-socket-task.ts'

/** Milliseconds that the other side has to answer a close frame, and to take more of what stands before one. */
const GOODBYE = 10_000
const STANDSTILL = 30_000

export interface TalkParts {
  readonly url: string
  readonly clock: Clock
  readonly task: WebSocketTask
  readonly teller: DelegateTeller
  /** Every close code can be sent. */
  readonly ownFrames: boolean
  readonly heartbeat: HeartbeatRules | null
  /** As it was when the connection was asked for. */
  readonly maximumMessageSize: number
  readonly inbox: Inbox
  readonly outbox: Outbox
  readonly trips: RoundTrips
  readonly opened: (protocol: string, response: URLResponse | null) => void
  /** A function of the heartbeat threw, and was ignored. */
  readonly threw: (what: string, cause: unknown) => void
  /** A message arrived that is the application's. */
  readonly heard: (bytes: number) => void
  /** The task cannot go on. */
  readonly failed: (error: URLError) => void
}

export class WebSocketTalk {
  readonly heartbeat: Heartbeat
  /** Resolves when the connection is gone. */
  readonly ended: Promise<SocketEnd>
  readonly #parts: TalkParts
  readonly #socket: Socket
  readonly #head: SocketConnection['head']
  readonly #end = Promise.withResolvers<SocketEnd>()
  #held = false
  #closing = false
  #over = false
  #attending = false
  #listening = false
  /** It ended before the delegate was told that it began. */
  #early: SocketEnd | null = null
  #stopWaiting: () => void = () => {}

  constructor({ socket, head }: SocketConnection, parts: TalkParts) {
    const { clock, url, heartbeat, trips, outbox, inbox, threw } = parts
    this.#parts = parts
    this.#socket = socket
    this.#head = head
    this.ended = this.#end.promise
    this.heartbeat = new Heartbeat({
      url,
      clock,
      rules: heartbeat,
      ping: socket.ping,
      send: (message) => void socket.send(typeof message === 'string' ? message : new Uint8Array(message)),
      deaf: () => this.#held || (inbox.paused && !this.#closing),
      sent: () => outbox.messages,
      given: () => outbox.bytes,
      buffered: () => socket.buffered,
      arrived: () => socket.arrived,
      threw,
      answered: (roundTrip, behind) => {
        trips.add(roundTrip)
        outbox.acknowledged(behind)
      },
      lost: (error) => {
        socket.drop()
        this.#end.resolve({ code: null, reason: '', error })
      },
    })
  }

  /** The handshake's status, where the platform shows it. */
  get status(): number | null {
    return this.#head?.status ?? null
  }

  /**
   * Lets messages go out and come in; the delegate is told first of what this connection is.
   * @param gap What was between the last one and this; null for the first.
   */
  begin(gap: SocketGap | null, held: boolean): void {
    const { opened, inbox, outbox, task, teller } = this.#parts
    const { protocol } = this.#socket
    const told = gap ? 'didReopen' : 'didOpen'
    opened(protocol, this.#head && new URLResponse(this.#head))
    this.hold(held)
    const letAll = outbox.attach(this.#socket, gap !== null && teller.for(told) !== null)
    const listen = (): void => this.#listen()
    if (!teller.for(told)) return listen()
    // Other calls may come first, and who cannot stop reading has to keep what comes meanwhile.
    if (!this.#socket.pause) {
      inbox.hold()
      this.#attend()
    }
    // Its messages come after this was called, and may be taken while it runs.
    const asked = teller.question(told, (delegate) => {
      listen()
      return gap ? delegate.didReopen?.(task, gap) : delegate.didOpen?.(task, protocol)
    })
    void asked.then(() => {
      listen()
      letAll()
    })
  }

  hold(on: boolean): void {
    this.#held = on
    this.#parts.outbox.hold(on)
    this.pace()
    if (on) this.heartbeat.rest()
    else if (this.#listening && !this.#closing) this.heartbeat.start()
  }

  /** Reads, or lets the other side wait. */
  pace(): void {
    this.#socket.pause?.(!this.#closing && (this.#held || this.#parts.inbox.paused))
  }

  /** Says goodbye behind everything that waits to be sent. */
  close(code: number, reason: string): void {
    if (this.#closing) return
    this.#closing = true
    this.heartbeat.rest()
    this.pace()
    this.#awaitEnd(false)
    void this.#parts.outbox.flushed().then(() => {
      if (this.#over) return
      this.#socket.close(code, reason)
      this.#awaitEnd(true)
    })
  }

  /** Goes at once. */
  leave(): void {
    this.#socket.leave()
  }

  /** It is over: whoever waits for an answer on it learns why. */
  end(error: URLError): void {
    this.#over = true
    this.#stopWaiting()
    this.heartbeat.end(error)
  }

  /** @param said Nothing waits any more in front of the close frame, but for what the platform has. */
  #awaitEnd(said: boolean): void {
    const { outbox, clock } = this.#parts
    const { messages } = outbox
    const { buffered } = this.#socket
    this.#stopWaiting()
    this.#stopWaiting = clock.after(said && buffered === 0 ? GOODBYE : STANDSTILL, () => {
      if (outbox.messages > messages || this.#socket.buffered < buffered) return this.#awaitEnd(said)
      this.#socket.drop()
      this.#end.resolve({ code: null, reason: '', error: null })
    })
  }

  #attend(): void {
    if (this.#attending) return
    this.#attending = true
    this.#socket.listen({
      message: (message) => this.#hear(message),
      closed: (end) => {
        if (this.#listening) this.#end.resolve(end)
        else this.#early = end
      },
    })
  }

  #listen(): void {
    if (this.#listening || this.#over) return
    this.#listening = true
    this.#attend()
    this.#parts.inbox.release()
    if (this.#early) return this.#end.resolve(this.#early)
    if (!this.#held && !this.#closing) this.heartbeat.start()
  }

  #hear(message: SocketMessage): void {
    const { inbox, heard, maximumMessageSize: limit } = this.#parts
    const size = bytesIn(message, limit)
    if (size > limit)
      return this.#refuse(1009, `a message of ${size} bytes, more than the ${limit} of maximumMessageSize`)
    if (this.heartbeat.hears(message)) return
    heard(sizeOf(message))
    if (!inbox.add(message))
      this.#refuse(
        1013,
        'nobody took the messages that arrived, and the inbox is full',
        'receive them, or say what to do in inbox.whenFull',
      )
  }

  /** Breaks it off. A browser may not send the code that fits, and sends one of its own 2,000 higher. */
  #refuse(code: number, why: string, hint?: string): void {
    const { url, ownFrames, failed } = this.#parts
    this.#socket.close(ownFrames ? code : code + 2000, '')
    this.#socket.leave()
    failed(new URLError('dataLengthExceedsMaximum', { url, phase: 'body', why, ...(hint !== undefined && { hint }) }))
  }
}

/** Counted exactly only where it matters: a text has up to three bytes for each of its units. */
function bytesIn(message: SocketMessage, limit: number): number {
  if (typeof message !== 'string') return message.byteLength
  return message.length * 3 <= limit ? message.length : new TextEncoder().encode(message).length
}
