/**
 * What happens to a socket before anybody listens to it: kept, and told in order to whoever comes. A browser cannot stop reading, and
 * nobody may come for long, where a delegate holds up all calls: so there is an end to it.
 */
import { sizeOf } from '../../loading/sockets/message-size.ts'
import { URLError } from '../../model/url-error.ts'
import type { SocketMessage } from '../../model/web-socket-options.ts'
import type { SocketEnd, SocketListener } from '../../ports/socket-transport.ts'

/** As much as an inbox takes where nobody said otherwise. */
const ROOM = { messages: 10_000, bytes: 1 << 26 }

export class EarlyListener implements SocketListener {
  readonly #url: string
  readonly #full: (end: SocketEnd) => void
  #early: (SocketMessage | SocketEnd)[] | null = []
  #bytes = 0
  #listener: SocketListener | null = null

  /** @param full There is too much: breaks the connection off, and tells this its end. */
  constructor(url: string, full: (end: SocketEnd) => void) {
    this.#url = url
    this.#full = full
  }

  message(message: SocketMessage): void {
    if (this.#listener) return this.#listener.message(message)
    if (!this.#early) return
    this.#early.push(message)
    this.#bytes += sizeOf(message)
    if (this.#early.length <= ROOM.messages && this.#bytes <= ROOM.bytes) return
    const why = 'too much arrived while a delegate was busy, and nobody could take it'
    const error = new URLError('dataLengthExceedsMaximum', { url: this.#url, phase: 'body', why })
    this.#full({ code: null, reason: '', error })
  }

  closed(end: SocketEnd): void {
    if (this.#listener) this.#listener.closed(end)
    else this.#early?.push(end)
  }

  listen(listener: SocketListener): void {
    for (const one of this.#early ?? [])
      if (typeof one === 'string' || one instanceof Uint8Array) listener.message(one)
      else listener.closed(one)
    this.#early = null
    this.#listener = listener
  }

  /** Nothing is told any more. */
  leave(): void {
    this.#early = null
    this.#listener = null
  }
}
