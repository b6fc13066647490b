/**
 * A WebSocket's messages on their way out: bounded, in order, given to the platform no faster than it gets rid of them. What was given
 * to a connection is remembered until the other side is known to have it.
 */
import { URLError } from '../../model/url-error.ts'
import type { OutgoingMessage } from '../../model/web-socket-options.ts'
import type { Socket } from '../../ports/socket-transport.ts'
import { sizeOf } from './message-size.ts'
import { type Message, messageOf, unsent } from './outgoing-message.ts'
import { SentMessages, type MemoryRules } from './sent-messages.ts'

interface Entry {
  readonly message: Message
  readonly size: number
  /** The connection has it, and too much else. */
  given: boolean
  readonly sent: PromiseWithResolvers<void>
}

export interface OutboxRules {
  readonly url: string
  /** Messages, and bytes, that may wait. */
  readonly limit: number
  readonly bytes: number
  /** Bytes in the platform's hands below which a message counts as sent. */
  readonly highWaterMark: number
  /** What is remembered until it is acknowledged; null: nothing. */
  readonly remembers: MemoryRules | null
}

const SENT = Promise.resolve()

export class Outbox {
  messages = 0
  bytes = 0
  readonly #rules: OutboxRules
  #socket: Socket | null = null
  #held = false
  #queue: Entry[] = []
  /** Behind what is sent while somebody makes a new connection ready. */
  #barred: Entry[] = []
  /** How many are at that, each for a connection of his own. */
  #asking = 0
  #waitingBytes = 0
  #watching = false
  /** Why nothing more is taken. */
  #refusal: URLError | null = null
  #over = false
  #flushed: (() => void) | null = null
  readonly #sent: SentMessages

  constructor(rules: OutboxRules) {
    this.#rules = rules
    this.#sent = new SentMessages(rules.remembers)
  }

  /**
   * Resolves when the message is with the platform, and less than the mark is.
   * @throws {URLError} with the message as `unsent`: why the connection ended, or is about to; `dataLengthExceedsMaximum` where too much
   *   waits.
   * @throws {TypeError} for what is no message.
   */
  send(given: OutgoingMessage): Promise<void> {
    if (this.#refusal) return Promise.reject(unsent(this.#refusal, given))
    const { limit, bytes, highWaterMark, url } = this.#rules
    const message = messageOf(given)
    const socket = this.#socket
    if (socket && !this.#held && this.#queue.length === 0 && socket.buffered < highWaterMark) {
      const passed = this.#give(socket, message, false)
      if (passed) return passed
      if (socket.buffered < highWaterMark) return SENT
      return this.#wait(message, true)
    }
    const size = sizeOf(message)
    const waiting = this.#queue.length + this.#barred.length
    if (waiting >= limit || this.#waitingBytes + size > bytes) {
      const why = `${waiting} messages with ${this.#waitingBytes} bytes wait already`
      const hint = 'await each send, or give the outbox more room'
      return Promise.reject(unsent(new URLError('dataLengthExceedsMaximum', { url, phase: 'body', why, hint }), given))
    }
    // It waits, and the caller may go on to use his buffer.
    return this.#wait(message instanceof Uint8Array ? message.slice() : message, false)
  }

  /**
   * There is a connection.
   * @param first Only what is sent from now on, until what this returns is called, goes out: what waited comes after that.
   */
  attach(socket: Socket, first: boolean): () => void {
    // Who is still at the last connection sends what belongs in front, and waits for it.
    if (this.#asking === 0) {
      const waiting = [...this.#barred, ...this.#queue]
      this.#barred = first ? waiting : []
      this.#queue = first ? [] : waiting
    }
    if (first) this.#asking += 1
    this.#socket = socket
    this.#pump()
    return () => {
      if (first) this.#asking -= 1
      // Without a connection all of it waits for the next one, and for whoever makes that ready.
      if (this.#asking > 0 || !this.#socket) return
      this.#queue = [...this.#queue, ...this.#barred]
      this.#barred = []
      this.#pump()
    }
  }

  /**
   * The connection is gone. What it had taken is no longer ours to send: what it may have lost, `takeUnacknowledged` tells, and where that
   * does not, the sender of what had not left in time.
   */
  detach(error: URLError): void {
    this.#socket = null
    this.#watching = false
    const [first] = this.#queue
    if (!first?.given) return
    this.#queue.shift()
    this.#waitingBytes -= first.size
    // It was the last that was given.
    if (this.#sent.answersFor(this.messages)) return first.sent.resolve()
    this.#sent.remove(this.messages)
    first.sent.reject(unsent(error, first.message))
  }

  hold(on: boolean): void {
    this.#held = on
    if (!on) this.#pump()
  }

  /** The other side has everything that was sent before the `count`th message. */
  acknowledged(count: number): void {
    this.#sent.acknowledged(count)
  }

  /** What was sent and is not known to have arrived, and how many more there were that nobody remembers. Forgotten by this. */
  takeUnacknowledged(): ReturnType<SentMessages['take']> {
    return this.#sent.take()
  }

  /** Resolves when nothing waits any more. */
  flushed(): Promise<void> {
    if (this.#queue.length + this.#barred.length === 0) return SENT
    return new Promise((resolve) => (this.#flushed = resolve))
  }

  /** Takes nothing more, and sends what waits. */
  close(error: URLError): void {
    this.#refusal ??= error
  }

  /** Refuses everything that waits, and all that will come. */
  end(error: URLError): void {
    if (this.#over) return
    this.#over = true
    this.#refusal = error
    this.#socket = null
    const waiting = [...this.#barred, ...this.#queue]
    this.#barred = this.#queue = []
    for (const { message, sent } of waiting) sent.reject(unsent(error, message))
    this.#sent.take()
    this.#flushed?.()
  }

  #wait(message: Message, given: boolean): Promise<void> {
    const entry = { message, size: sizeOf(message), given, sent: Promise.withResolvers<void>() }
    // Who does not wait for it must not be punished by an unhandled rejection.
    entry.sent.promise.catch(() => {})
    this.#queue.push(entry)
    this.#waitingBytes += entry.size
    this.#pump()
    return entry.sent.promise
  }

  #pump(): void {
    const socket = this.#socket
    const { highWaterMark } = this.#rules
    if (!socket) return
    let done = 0
    for (const entry of this.#queue) {
      if (socket.buffered >= highWaterMark || (this.#held && !entry.given)) break
      const passed = entry.given ? null : this.#give(socket, entry.message, true)
      entry.given = true
      if (!passed && socket.buffered >= highWaterMark) break
      this.#waitingBytes -= entry.size
      entry.sent.resolve(passed ?? undefined)
      done += 1
    }
    if (done > 0) this.#queue.splice(0, done)
    if (this.#queue.length === 0) {
      if (this.#barred.length === 0) this.#flushed?.()
    } else if (socket.buffered >= highWaterMark) this.#watch(socket)
  }

  #watch(socket: Socket): void {
    if (this.#watching) return
    this.#watching = true
    socket.whenBelow(this.#rules.highWaterMark, () => {
      if (this.#socket !== socket) return
      this.#watching = false
      this.#pump()
    })
  }

  /** @returns What tells of it where somebody else sends it: then it is for him to say when it was sent. */
  #give(socket: Socket, message: Message, isOwn: boolean): Promise<void> | null {
    const number = (this.messages += 1)
    this.bytes += sizeOf(message)
    const kept = this.#sent.add(number, message, isOwn)
    const sent = socket.send(message)
    if (!sent) return null
    const told = sent.catch((error: URLError) => {
      // Whoever sends it learns it now, and need not learn it again from the gap.
      this.#sent.remove(number)
      throw unsent(error, kept)
    })
    told.catch(() => {})
    return told
  }
}
