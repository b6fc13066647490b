/** What happens to a socket in the moment before anybody listens to it: kept, and told in order to whoever comes. */
import type { SocketMessage } from '../../model/web-socket-options.ts'
import type { SocketEnd, SocketListener } from '../../ports/socket-transport.ts'

export class EarlyListener implements SocketListener {
  #early: (SocketMessage | SocketEnd)[] | null = []
  #listener: SocketListener | null = null

  message(message: SocketMessage): void {
    if (this.#listener) this.#listener.message(message)
    else this.#early?.push(message)
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
