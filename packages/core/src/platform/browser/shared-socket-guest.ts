/**
 * A WebSocket that another tab holds, as a tab sees it that shares it. What is sent counts as sent when the other tab has sent it; what
 * arrives comes once and in order, or the connection is over.
 */
import { sizeOf } from '../../loading/sockets/message-size.ts'
import { URLError } from '../../model/url-error.ts'
import type { Socket, SocketEnd, SocketListener } from '../../ports/socket-transport.ts'
import { browserChance } from './browser-chance.ts'
import { EarlyListener } from './early-listener.ts'
import { holdLock } from './hold-lock.ts'
import { whenReleased } from './lock-watch.ts'
import { names, SharedChannel, type ToGuest, type ToHost, type ToRoom } from './shared-socket-wire.ts'
import type { SharedPlace } from './shared-sockets.ts'

/** How often the host learns what was taken: after so many messages, or bytes. */
const TELL = { messages: 64, bytes: 1 << 20 }

interface Sending {
  readonly size: number
  readonly sent: PromiseWithResolvers<void>
}

export class SharedSocketGuest implements Socket {
  readonly pause = null
  protocol = ''
  buffered = 0
  readonly arrived = 0
  /** Resolves with null when there is a connection. @throws {URLError} why there is none; `duplicateKey` where it is another one. */
  readonly admitted: Promise<null>
  readonly #entered = Promise.withResolvers<null>()
  readonly #place: SharedPlace
  readonly #uid: string
  readonly #room: SharedChannel<ToRoom, ToRoom>
  readonly #channel: SharedChannel<ToGuest, ToHost>
  readonly #letGo: () => void
  readonly #listener = new EarlyListener()
  readonly #gone = new AbortController()
  #isIn = false
  #over = false
  #goodbye: Pick<SocketEnd, 'code' | 'reason'> | null = null
  #received = { count: 0, bytes: 0 }
  #told = { count: 0, bytes: 0 }
  #sending: Sending[] = []
  #sent = 0
  #below: { readonly mark: number; readonly tell: () => void } | null = null
  readonly #pings = new Map<number, PromiseWithResolvers<void>>()
  #asked = 0

  private constructor(place: SharedPlace, uid: string, letGo: () => void) {
    this.#place = place
    this.#uid = uid
    this.#letGo = letGo
    this.admitted = this.#entered.promise
    this.#channel = SharedChannel.ofGuest(names.one(place.room, uid), (said) => this.#hear(said))
    this.#room = SharedChannel.room(place.room, (said) => said.type === 'host' && this.#join())
    this.#join()
  }

  /** Asks to be let in, now and whenever there is a new host. */
  static async ask(place: SharedPlace): Promise<SharedSocketGuest> {
    const uid = browserChance.uid()
    return new SharedSocketGuest(place, uid, await holdLock(names.one(place.room, uid)))
  }

  readonly ping = (): Promise<void> => {
    const answer = Promise.withResolvers<void>()
    const id = ++this.#asked
    this.#pings.set(id, answer)
    this.#channel.say({ type: 'ping', id })
    return answer.promise.finally(() => this.#pings.delete(id))
  }

  listen(listener: SocketListener): void {
    this.#listener.listen(listener)
  }

  send(message: string | Uint8Array<ArrayBuffer> | Blob): Promise<void> {
    const sending = { size: sizeOf(message), sent: Promise.withResolvers<void>() }
    if (this.#over) return Promise.reject(this.#lost('the connection is over'))
    this.#sending.push(sending)
    this.buffered += sending.size
    // A part of a buffer would take all of it along.
    const isPart = message instanceof Uint8Array && message.byteLength < message.buffer.byteLength
    this.#channel.say({ type: 'message', message: isPart ? message.slice() : message })
    return sending.sent.promise
  }

  whenBelow(mark: number, tell: () => void): void {
    this.#below = { mark, tell }
  }

  close(code: number, reason: string): void {
    this.#goodbye = { code, reason }
    this.#channel.say({ type: 'close', code, reason })
  }

  leave(): void {
    this.#go('leave')
  }

  drop(): void {
    this.#go('drop')
  }

  #join(): void {
    if (this.#isIn || this.#over) return
    const { url, protocols } = this.#place.share
    this.#room.say({ type: 'join', guest: this.#uid, url, protocols })
  }

  #hear(said: ToGuest): void {
    if (said.type === 'bye') this.#shut()
    if (this.#over) return
    if (said.type === 'admitted') this.#enter(said)
    else if (said.type === 'refused') this.#refused(said)
    else if (said.type === 'message') this.#take(said)
    else if (said.type === 'sent') this.#confirm(said.count)
    else if (said.type === 'pong') {
      if (said.error) this.#pings.get(said.id)?.reject(URLError.fromRecord(said.error))
      else this.#pings.get(said.id)?.resolve()
    } else if (said.type === 'closed') {
      const { code, reason, error } = said
      this.#end({ code, reason, error: error && URLError.fromRecord(error) })
    } else if (said.type === 'cut') this.#broken('this tab took too long to take what arrived')
  }

  #enter({ host, protocol }: Extract<ToGuest, { type: 'admitted' }>): void {
    if (this.#isIn) return
    this.#isIn = true
    this.protocol = protocol
    this.#room.close()
    whenReleased(names.one(this.#place.room, host), this.#gone.signal).then(
      () => this.#orphaned(),
      () => {},
    )
    this.#entered.resolve(null)
  }

  #refused({ error }: Extract<ToGuest, { type: 'refused' }>): void {
    this.#entered.reject(URLError.fromRecord(error))
    this.leave()
  }

  #take({ number, message }: Extract<ToGuest, { type: 'message' }>): void {
    const { count, bytes } = this.#received
    if (number !== count + 1) return this.#broken('messages got lost between two tabs')
    const now = (this.#received = { count: number, bytes: bytes + sizeOf(message) })
    if (now.count - this.#told.count >= TELL.messages || now.bytes - this.#told.bytes >= TELL.bytes) {
      this.#told = now
      this.#channel.say({ type: 'taken', ...now })
    }
    this.#listener.message(message)
  }

  #confirm(count: number): void {
    for (const { size, sent } of this.#sending.splice(0, count - this.#sent)) {
      this.buffered -= size
      sent.resolve()
    }
    this.#sent = count
    const below = this.#below
    if (!below || this.buffered >= below.mark) return
    this.#below = null
    below.tell()
  }

  /** The tab that held the connection is gone. */
  #orphaned(): void {
    const error = this.#lost('the tab that held it is gone')
    if (this.#goodbye) this.#end({ ...this.#goodbye, error: null })
    else this.#end({ code: null, reason: '', error, handOver: true })
    this.#shut()
  }

  #broken(why: string): void {
    const error = this.#lost(why)
    this.#end({ code: null, reason: '', error })
  }

  /** Nothing more comes: whoever waits for something learns it first. */
  #end(end: SocketEnd): void {
    if (this.#over) return
    this.#fail()
    this.#say('leave')
    this.#listener.closed(end)
  }

  #go(how: 'leave' | 'drop'): void {
    if (this.#over) return
    this.#fail()
    this.#listener.leave()
    this.#say(how)
  }

  #fail(): void {
    this.#over = true
    const error = this.#lost('nobody knows whether the tab that held it had sent this')
    for (const { sent } of this.#sending.splice(0)) {
      sent.promise.catch(() => {})
      sent.reject(error)
    }
    for (const { reject } of this.#pings.values()) reject(error)
  }

  /** Where nobody let him in, nobody says goodbye to him either. */
  #say(how: 'leave' | 'drop'): void {
    if (this.#gone.signal.aborted) return
    this.#channel.say({ type: how })
    if (!this.#isIn) this.#shut()
  }

  /** From here on nobody knows this one. */
  #shut(): void {
    this.#gone.abort()
    this.#room.close()
    this.#channel.close()
    this.#letGo()
  }

  #lost(why: string): URLError {
    return new URLError('networkConnectionLost', { url: this.#place.url, phase: 'body', why })
  }
}
