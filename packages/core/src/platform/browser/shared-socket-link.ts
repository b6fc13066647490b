/** One guest of a shared WebSocket, as the tab sees him that holds it. */
import { sizeOf } from '../../loading/sockets/message-size.ts'
import { URLError } from '../../model/url-error.ts'
import type { SocketMessage } from '../../model/web-socket-options.ts'
import type { SocketEnd } from '../../ports/socket-transport.ts'
import { whenReleased } from './lock-watch.ts'
import { SharedChannel, type ToGuest, type ToHost } from './shared-socket-wire.ts'
import type { SharedSocketHost } from './shared-socket-host.ts'

/** Messages, and bytes, that a guest may be behind: a tab that is frozen takes nothing, and the browser keeps it all. */
const LIMIT = { messages: 10_000, bytes: 1 << 26 }

export class SharedSocketLink {
  readonly #host: SharedSocketHost
  readonly #uid: string
  readonly #channel: SharedChannel<ToHost, ToGuest>
  readonly #gone = new AbortController()
  /** What he was told, and what of it he took. */
  #told = 0
  #toldBytes = 0
  #taken = 0
  #takenBytes = 0
  /** His messages that are on their way. */
  #sent = 0

  /** @param name Of the channel, and of the lock that the guest holds for as long as he lives. */
  constructor(host: SharedSocketHost, name: string, uid: string) {
    this.#host = host
    this.#uid = uid
    this.#channel = SharedChannel.ofHost(name, (said) => this.#hear(said))
    whenReleased(name, this.#gone.signal).then(
      () => this.#leave(),
      () => {},
    )
  }

  admit(protocol: string): void {
    this.#channel.say({ type: 'admitted', host: this.#host.uid, protocol })
  }

  refuse(error: URLError): void {
    this.#channel.say({ type: 'refused', error: error.toRecord() })
  }

  message(message: SocketMessage): void {
    this.#told += 1
    this.#toldBytes += sizeOf(message)
    this.#channel.say({ type: 'message', number: this.#told, message })
    if (this.#told - this.#taken <= LIMIT.messages && this.#toldBytes - this.#takenBytes <= LIMIT.bytes) return
    this.#channel.say({ type: 'cut' })
    this.#host.leave(this, null)
  }

  closed({ code, reason, error }: SocketEnd): void {
    this.#channel.say({ type: 'closed', code, reason, error: error?.toRecord() ?? null })
  }

  /** Another host will take him in: nobody is told anything here. */
  abandon(): void {
    this.#gone.abort()
    this.#channel.close()
    this.#host.forget(this.#uid)
  }

  #hear(said: ToHost): void {
    const host = this.#host
    if (said.type === 'message') host.send(said.message, () => this.#channel.say({ type: 'sent', count: ++this.#sent }))
    else if (said.type === 'taken') {
      this.#taken = said.count
      this.#takenBytes = said.bytes
    } else if (said.type === 'ping') void this.#ping(said.id)
    else if (said.type === 'close') host.leave(this, said)
    else {
      if (said.type === 'drop') host.drop(this)
      this.#leave()
    }
  }

  async #ping(id: number): Promise<void> {
    const failure = await this.#host.ping().then(
      () => null,
      (thrown: unknown) => URLError.from(thrown, 'unknown').toRecord(),
    )
    if (!this.#gone.signal.aborted) this.#channel.say({ type: 'pong', id, error: failure })
  }

  #leave(): void {
    if (this.#gone.signal.aborted) return
    this.#host.leave(this, null)
    this.#channel.say({ type: 'bye' })
    this.abandon()
  }
}
