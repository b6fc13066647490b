/**
 * The tab that holds a shared WebSocket: everything that arrives is told to everybody once, and it stays open for as long as anybody
 * in any tab uses it and this tab lives. What this tab's own task does is no more than what a guest may do.
 */
import { Heartbeat } from '../../loading/sockets/heartbeat.ts'
import { URLError } from '../../model/url-error.ts'
import type { SocketMessage } from '../../model/web-socket-options.ts'
import type { Socket, SocketAnswer, SocketEnd, SocketOffer, SocketTransport } from '../../ports/socket-transport.ts'
import type { WireRequest } from '../../ports/transport.ts'
import { browserChance } from './browser-chance.ts'
import { browserClock } from './browser-clock.ts'
import { EarlyListener } from './early-listener.ts'
import { holdLock } from './hold-lock.ts'
import { SharedSocketLink } from './shared-socket-link.ts'
import { names, SharedChannel, type ToRoom } from './shared-socket-wire.ts'
import type { SharedPlace } from './shared-sockets.ts'

/** Somebody who uses the connection. */
interface Member {
  message(message: SocketMessage): void
  closed(end: SocketEnd): void
}

export class SharedSocketHost {
  readonly place: SharedPlace
  readonly uid: string = browserChance.uid()
  readonly #room: SharedChannel<ToRoom, ToRoom>
  /** Lets the next tab be the host. */
  readonly #letGo: () => void
  /** Whoever sees this lock come free knows that this tab is gone. */
  #die: () => void = () => {}
  #socket: Socket | null = null
  #heartbeat: Heartbeat | null = null
  readonly #members = new Set<Member>()
  /** Those who came while there was no connection yet. */
  readonly #waiting = new Set<SharedSocketLink>()
  /** All guests who have not gone, by their names: also those who are told that it is over. */
  readonly #links = new Map<string, SharedSocketLink>()
  /** It says goodbye, or is over: whoever comes now waits for the next host. */
  #leaving = false

  private constructor(place: SharedPlace, letGo: () => void) {
    this.place = place
    this.#letGo = letGo
    this.#room = SharedChannel.room(place.room, (said) => said.type === 'join' && this.#join(said))
  }

  /** @throws {URLError} as the transport; whoever waits learns it too. */
  static async open(
    place: SharedPlace,
    letGo: () => void,
    transport: SocketTransport,
    request: WireRequest,
    offer: SocketOffer,
  ): Promise<SocketAnswer> {
    const host = new SharedSocketHost(place, letGo)
    try {
      host.#die = await holdLock(names.one(place.room, host.uid))
      host.#room.say({ type: 'host' })
      const answer = await transport.open(request, offer)
      if (!answer.socket) host.#over()
      return answer.socket ? { ...answer, socket: host.#opened(answer.socket) } : answer
    } catch (thrown) {
      // One who was called off says nothing about the server: the next may try at once.
      if (!request.signal.aborted) host.#refuseAll(URLError.from(thrown, 'unknown'))
      host.#over()
      throw thrown
    }
  }

  /** Sends a message, and calls back when it is on its way and less than the mark is. */
  send(message: SocketMessage | Blob, sent: () => void): void {
    const socket = this.#socket
    const { highWaterMark } = this.place.share
    if (!socket || this.#leaving) return
    void socket.send(typeof message === 'string' || message instanceof Blob ? message : new Uint8Array(message))
    if (socket.buffered < highWaterMark) sent()
    else socket.whenBelow(highWaterMark, sent)
  }

  /** @throws {URLError} `unsupportedByPlatform` where this tab's task has no heartbeat; why the connection ended. */
  async ping(): Promise<void> {
    await this.#heartbeat?.ping()
  }

  /** One goes. With a code, he is told that he may: by the server where he was the last, who says goodbye for all. */
  leave(member: Member, goodbye: Pick<SocketEnd, 'code' | 'reason'> | null): void {
    const socket = this.#socket
    if (member instanceof SharedSocketLink) this.#waiting.delete(member)
    if (!socket || !this.#members.has(member)) return
    if (this.#members.size === 1 && goodbye?.code) {
      this.#leaving = true
      return socket.close(goodbye.code, goodbye.reason)
    }
    this.#members.delete(member)
    if (goodbye) member.closed({ ...goodbye, error: null })
    if (this.#members.size > 0) return
    socket.leave()
    this.#over()
  }

  /** One found the connection dead. */
  drop(member: Member): void {
    if (!this.#members.delete(member)) return
    this.#socket?.drop()
    this.#closed({ code: null, reason: '', error: null })
  }

  /** A guest is gone for good. */
  forget(uid: string): void {
    this.#links.delete(uid)
    if (this.#leaving && !this.#socket && this.#links.size === 0) this.#die()
  }

  #opened(socket: Socket): Socket {
    const { share, url } = this.place
    const own = new EarlyListener()
    this.#socket = socket
    this.#heartbeat = new Heartbeat({
      url,
      clock: browserClock,
      rules: share.heartbeat,
      ping: socket.ping,
      send: (message) => void socket.send(typeof message === 'string' ? message : new Uint8Array(message)),
      // Each of those who share it keeps its own time, and its own account of what was sent.
      deaf: () => false,
      sent: () => 0,
      given: () => 0,
      buffered: () => 0,
      arrived: () => 0,
      answered: () => {},
      lost: () => {},
      // Whoever asked is told that there is no answer.
      threw: () => {},
    })
    this.#members.add(own)
    for (const link of this.#waiting) this.#admit(link, socket)
    this.#waiting.clear()
    socket.listen({
      message: (message) => {
        if (this.#heartbeat?.hears(message)) return
        // The one that keeps the bytes comes last: the others are sent copies.
        for (const member of this.#members) if (member !== own) member.message(message)
        if (this.#members.has(own)) own.message(message)
      },
      closed: (end) => this.#closed(end),
    })
    return {
      protocol: socket.protocol,
      get buffered() {
        return socket.buffered
      },
      arrived: 0,
      ping: () => this.ping(),
      pause: null,
      listen: (listener) => own.listen(listener),
      send: (message) => socket.send(message),
      whenBelow: (mark, tell) => socket.whenBelow(mark, tell),
      close: (code, reason) => this.leave(own, { code, reason }),
      leave: () => this.leave(own, null),
      drop: () => this.drop(own),
    }
  }

  #join({ guest, url, protocols }: Extract<ToRoom, { type: 'join' }>): void {
    const { share, room } = this.place
    if (this.#leaving || this.#links.has(guest)) return
    const link = new SharedSocketLink(this, names.one(room, guest), guest)
    this.#links.set(guest, link)
    if (url !== share.url || String(protocols) !== String(share.protocols)) {
      const why = `the tab that holds "${share.name}" has another URL or other subprotocols`
      link.refuse(new URLError('duplicateKey', { url, phase: 'setup', why }))
    } else if (this.#socket) this.#admit(link, this.#socket)
    else this.#waiting.add(link)
  }

  #refuseAll(error: URLError): void {
    for (const link of this.#waiting) link.refuse(error)
    this.#waiting.clear()
  }

  #admit(link: SharedSocketLink, { protocol }: Socket): void {
    this.#members.add(link)
    link.admit(protocol)
  }

  #closed(end: SocketEnd): void {
    const members = [...this.#members]
    this.#members.clear()
    this.#over()
    for (const member of members) member.closed(end)
  }

  #over(): void {
    this.#leaving = true
    this.#socket = null
    this.#heartbeat?.end(new URLError('networkConnectionLost', { url: this.place.url }))
    for (const link of this.#waiting) link.abandon()
    this.#room.close()
    this.#letGo()
    if (this.#links.size === 0) this.#die()
  }
}
