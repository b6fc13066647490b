/**
 * A WebSocket's messages on their way out: bounded, in order, given to the platform no faster than it gets rid of them. What was given
 * to a connection is remembered until the other side is known to have it.
 */
import { URLError } from '../../model/url-error.ts'
import type { OutgoingMessage } from '../../model/web-socket-options.ts'
import type { Socket } from '../../ports/socket-transport.ts'
import { sizeOf } from './message-size.ts'

type Message = string | Uint8Array<ArrayBuffer> | Blob

interface Entry {
  readonly message: Message
  readonly size: number
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
  /** Messages that are remembered until they are acknowledged; 0: none. */
  readonly remembers: number
}

const SENT = Promise.resolve()

export class Outbox {
  messages = 0
  bytes = 0
  readonly #rules: OutboxRules
  #socket: Socket | null = null
  #held = false
  #queue: Entry[] = []
  #waitingBytes = 0
  #watching = false
  #end: URLError | null = null
  #flushed: (() => void) | null = null
  #remembered: Message[] = []
  #forgotten = 0

  constructor(rules: OutboxRules) {
    this.#rules = rules
  }

  /**
   * Resolves when the message is with the platform, and less than the mark is.
   * @throws {URLError} with the message as `unsent`: why the connection ended; `dataLengthExceedsMaximum` where too much waits.
   * @throws {TypeError} for what is no message.
   */
  send(given: OutgoingMessage): Promise<void> {
    if (this.#end) return Promise.reject(unsent(this.#end, given))
    const { limit, bytes, highWaterMark, url } = this.#rules
    const message = messageOf(given)
    const socket = this.#socket
    if (socket && !this.#held && this.#queue.length === 0 && socket.buffered < highWaterMark) {
      const passed = this.#give(socket, message)
      if (passed) return passed
      if (socket.buffered < highWaterMark) return SENT
      return this.#wait(message, true)
    }
    const size = sizeOf(message)
    if (this.#queue.length >= limit || this.#waitingBytes + size > bytes) {
      const why = `${this.#queue.length} messages with ${this.#waitingBytes} bytes wait already`
      const hint = 'await each send, or give the outbox more room'
      return Promise.reject(unsent(new URLError('dataLengthExceedsMaximum', { url, phase: 'body', why, hint }), given))
    }
    // It waits, and the caller may go on to use his buffer.
    return this.#wait(message instanceof Uint8Array ? message.slice() : message, false)
  }

  /** There is a connection. @param first Only what is sent from now on, until `letAll`, goes out: what waited comes after that. */
  attach(socket: Socket, first: boolean): () => void {
    const waiting = first ? this.#queue : []
    if (first) this.#queue = []
    this.#socket = socket
    this.#pump()
    return () => {
      this.#queue = [...this.#queue, ...waiting]
      this.#pump()
    }
  }

  /** The connection is gone. What was given to it is no longer ours to send; what it may have lost, `unacknowledged` tells. */
  detach(): void {
    this.#socket = null
    this.#watching = false
    for (const { given, size, sent } of this.#queue) {
      if (!given) continue
      this.#waitingBytes -= size
      sent.resolve()
    }
    this.#queue = this.#queue.filter(({ given }) => !given)
  }

  hold(on: boolean): void {
    this.#held = on
    if (!on) this.#pump()
  }

  /** The other side has everything that was sent before the `count`th message. */
  acknowledged(count: number): void {
    const open = this.messages - count
    this.#forgotten = Math.min(this.#forgotten, Math.max(0, open - this.#remembered.length))
    if (open < this.#remembered.length) this.#remembered = open > 0 ? this.#remembered.slice(-open) : []
  }

  /** What was sent and is not known to have arrived, and how many more there were that nobody remembers. Forgotten by this. */
  takeUnacknowledged(): { readonly messages: readonly Message[]; readonly forgotten: number } {
    const taken = { messages: this.#remembered, forgotten: this.#forgotten }
    this.#remembered = []
    this.#forgotten = 0
    return taken
  }

  /** Resolves when nothing waits any more. */
  flushed(): Promise<void> {
    if (this.#queue.length === 0) return SENT
    return new Promise((resolve) => (this.#flushed = resolve))
  }

  /** Refuses everything that waits, and all that will come. */
  end(error: URLError): void {
    if (this.#end) return
    this.#end = error
    this.#socket = null
    for (const { message, sent } of this.#queue.splice(0)) sent.reject(unsent(error, message))
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
      const passed = entry.given ? null : this.#give(socket, entry.message)
      entry.given = true
      if (!passed && socket.buffered >= highWaterMark) break
      this.#waitingBytes -= entry.size
      entry.sent.resolve(passed ?? undefined)
      done += 1
    }
    if (done > 0) this.#queue.splice(0, done)
    if (this.#queue.length === 0) this.#flushed?.()
    else if (socket.buffered >= highWaterMark) this.#watch(socket)
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
  #give(socket: Socket, message: Message): Promise<void> | null {
    const { remembers } = this.#rules
    this.messages += 1
    this.bytes += sizeOf(message)
    const kept = remembers > 0 && message instanceof Uint8Array ? message.slice() : message
    if (remembers > 0) {
      this.#remembered.push(kept)
      if (this.#remembered.length > remembers) {
        this.#remembered.shift()
        this.#forgotten += 1
      }
    }
    const sent = socket.send(message)
    if (!sent) return null
    const told = sent.catch((error: URLError) => {
      // Whoever sends it learns it now, and need not learn it again from the gap.
      this.#remembered = this.#remembered.filter((one) => one !== kept)
      throw unsent(error, kept)
    })
    told.catch(() => {})
    return told
  }
}

function messageOf(given: OutgoingMessage): Message {
  if (typeof given === 'string' || given instanceof Blob) return given
  if (given instanceof ArrayBuffer) return new Uint8Array(given)
  if (ArrayBuffer.isView(given)) return new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
  throw new TypeError(`send: the message was ${typeof given}; allowed is a text, a buffer or a Blob`)
}

/** The same failure, for this message. */
const unsent = (error: URLError, message: OutgoingMessage): URLError =>
  Object.defineProperty(error.with({}), 'unsent', { value: message, configurable: true })
