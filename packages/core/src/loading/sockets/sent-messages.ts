/** What was given to a WebSocket's connection and is not known to have arrived: the newest of it, within a number and an amount. */
import type { OutgoingMessage } from '../../model/web-socket-options.ts'
import { sizeOf } from './message-size.ts'
import type { Message } from './outgoing-message.ts'

/** What is remembered at most. */
export interface MemoryRules {
  readonly messages: number
  /** Of text: characters. */
  readonly bytes: number
}

interface Sent {
  /** Counted from 1 over all connections. */
  readonly number: number
  readonly message: Message
}

export class SentMessages {
  /** Null: nothing is remembered. */
  readonly #rules: MemoryRules | null
  #sent: Sent[] = []
  #bytes = 0
  #forgotten = 0
  /** The newest that was forgotten. */
  #lastForgotten = 0
  /** All up to this one arrived. */
  #arrived = 0

  constructor(rules: MemoryRules | null) {
    this.#rules = rules
  }

  /** @param isOwn Nobody else writes to its bytes. @returns The message as it stays, where it is remembered. */
  add(number: number, message: Message, isOwn: boolean): Message {
    if (!this.#rules) return message
    const { messages, bytes } = this.#rules
    const size = sizeOf(message)
    const kept = message instanceof Uint8Array && !isOwn && size <= bytes ? message.slice() : message
    this.#sent.push({ number, message: kept })
    this.#bytes += size
    while (this.#sent.length > messages || this.#bytes > bytes) this.#forgetOldest()
    return kept
  }

  /** Everything up to this one arrived. */
  acknowledged(count: number): void {
    this.#arrived = Math.max(this.#arrived, count)
    this.#forgotten = Math.min(this.#forgotten, Math.max(0, this.#lastForgotten - count))
    const open = this.#sent.findIndex(({ number }) => number > count)
    for (const { message } of this.#sent.splice(0, open < 0 ? Infinity : open)) this.#bytes -= sizeOf(message)
  }

  /** True where a message arrived, or will be told of as one that may not have. */
  answersFor(number: number): boolean {
    return number <= this.#arrived || this.#sent.some((one) => one.number === number)
  }

  /** Its sender learns himself that it may not have arrived. */
  remove(number: number): void {
    const at = this.#sent.findIndex((one) => one.number === number)
    if (at < 0) {
      if (number <= this.#lastForgotten) this.#forgotten = Math.max(0, this.#forgotten - 1)
      return
    }
    for (const { message } of this.#sent.splice(at, 1)) this.#bytes -= sizeOf(message)
  }

  /** All of it, and how many more there were that nobody remembers. Forgotten by this. */
  take(): { readonly messages: readonly OutgoingMessage[]; readonly forgotten: number } {
    const taken = { messages: this.#sent.map(({ message }) => message), forgotten: this.#forgotten }
    this.#sent = []
    this.#bytes = this.#forgotten = this.#lastForgotten = 0
    return taken
  }

  #forgetOldest(): void {
    const oldest = this.#sent.shift()
    if (!oldest) return
    this.#bytes -= sizeOf(oldest.message)
    this.#forgotten += 1
    this.#lastForgotten = oldest.number
  }
}
