/** A WebSocket's messages that nobody has taken yet: bounded, first in first out, with whoever waits for the next. */
import type { SocketMessage } from '../../model/web-socket-options.ts'
import { sizeOf } from './message-size.ts'

export interface InboxRules {
  /** Messages, and bytes, beyond which it is full. */
  readonly limit: number
  readonly bytes: number
  readonly whenFull: 'close' | 'drop-oldest' | 'wait'
}

interface Waiter {
  readonly resolve: (result: IteratorResult<SocketMessage, undefined>) => void
  readonly reject: (error: Error) => void
}

export class Inbox {
  /** Messages that were forgotten. */
  dropped = 0
  /** As the rules say, until something else is said. */
  whenFull: InboxRules['whenFull']
  readonly #rules: InboxRules
  readonly #pause: (on: boolean) => void
  #messages: SocketMessage[] = []
  /** Where in the list the oldest is: taking from the front of a long list is slow. */
  #first = 0
  #bytes = 0
  #waiters: Waiter[] = []
  /** How many of the oldest may be taken. */
  #free = Infinity
  #paused = false
  /** Null while more may come; then why not, or that all came. */
  #end: { readonly error: Error | null } | null = null

  /** @param pause Called when it is full and reading has to wait, and when it has room again. */
  constructor(rules: InboxRules, pause: (on: boolean) => void) {
    this.#rules = rules
    this.whenFull = rules.whenFull
    this.#pause = pause
  }

  /** Whether reading waits for whoever takes the messages. */
  get paused(): boolean {
    return this.#paused
  }

  /** False where there was no room for it, and the rules say that this is the end. */
  add(message: SocketMessage): boolean {
    if (this.#waiters.length > 0 && this.#free > 0) {
      this.#waiters.shift()?.resolve({ done: false, value: message })
      return true
    }
    this.#messages.push(message)
    this.#bytes += sizeOf(message)
    if (!this.#isOver(0)) return true
    if (this.whenFull === 'close') return false
    if (this.whenFull === 'wait') this.#setPaused(true)
    else
      while (this.#isOver(0) && this.#count > 1) {
        this.#next()
        this.dropped += 1
      }
    return true
  }

  /** The next message, or that there will be none. @throws why there will be none, where something went wrong. */
  take(): Promise<IteratorResult<SocketMessage, undefined>> {
    if (this.#count > 0 && this.#free > 0) return Promise.resolve({ done: false, value: this.#taken() })
    if (this.#end) return this.#ended(this.#end.error)
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
  }

  /** What comes from now on is kept, and given to nobody until `release`. */
  hold(): void {
    this.#free = Math.min(this.#free, this.#count)
  }

  release(): void {
    this.#free = Infinity
    while (this.#waiters.length > 0 && this.#count > 0)
      this.#waiters.shift()?.resolve({ done: false, value: this.#taken() })
  }

  /** Nothing more will come. Whoever waits learns it at once; what is here can still be taken. */
  end(error: Error | null): void {
    if (this.#end) return
    this.#end = { error }
    this.release()
    for (const waiter of this.#waiters.splice(0))
      if (error) waiter.reject(error)
      else waiter.resolve({ done: true, value: undefined })
  }

  get #count(): number {
    return this.#messages.length - this.#first
  }

  #ended(error: Error | null): Promise<IteratorResult<SocketMessage, undefined>> {
    return error ? Promise.reject(error) : Promise.resolve({ done: true, value: undefined })
  }

  /** @param share Of the limits, from 0 (all of them) to 1 (nothing). */
  #isOver(share: number): boolean {
    const { limit, bytes } = this.#rules
    return this.#count > limit * (1 - share) || this.#bytes > bytes * (1 - share)
  }

  #taken(): SocketMessage {
    const message = this.#next()
    if (this.#paused && !this.#isOver(0.5)) this.#setPaused(false)
    return message
  }

  #next(): SocketMessage {
    if (this.#free > 0) this.#free -= 1
    const message = this.#messages[this.#first] as SocketMessage
    this.#messages[this.#first] = ''
    this.#first += 1
    this.#bytes -= sizeOf(message)
    if (this.#first === this.#messages.length || this.#first > 1024) {
      this.#messages = this.#messages.slice(this.#first)
      this.#first = 0
    }
    return message
  }

  #setPaused(on: boolean): void {
    if (this.#paused === on) return
    this.#paused = on
    this.#pause(on)
  }
}
