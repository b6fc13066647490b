/**
 * What tabs that share a WebSocket say to one another, over BroadcastChannels: one for the room, in which a newcomer asks for the host,
 * and one for each guest, with him and the host at its ends. Plain data, looked at where it comes in.
 */
import {
  fieldOf,
  isCount,
  isLine,
  isString,
  isUid,
  isWhole,
  listOf,
  orNull,
  shape,
  type Check,
} from '../../model/checks.ts'
import type { ErrorRecord } from '../../model/url-error.ts'
import type { SocketMessage } from '../../model/web-socket-options.ts'
import type { SocketShare } from '../../ports/socket-transport.ts'

/** Raised when tabs of different builds would misunderstand each other: they share nothing then. */
const VERSION = 1

export type ToRoom =
  /** A newcomer. What he wants to be connected with must be what the host is. */
  | { readonly type: 'join'; readonly guest: string; readonly url: string; readonly protocols: readonly string[] }
  /** There is a host now: whoever waits asks again. */
  | { readonly type: 'host' }

export type ToGuest =
  | { readonly type: 'admitted'; readonly host: string; readonly protocol: string }
  | { readonly type: 'refused'; readonly error: ErrorRecord }
  /** Numbered from 1: none is left out, and none comes twice. */
  | { readonly type: 'message'; readonly number: number; readonly message: SocketMessage }
  /** So many of the guest's messages are on their way, and there is room for more. */
  | { readonly type: 'sent'; readonly count: number }
  | { readonly type: 'pong'; readonly id: number; readonly error: ErrorRecord | null }
  | {
      readonly type: 'closed'
      readonly code: number | null
      readonly reason: string
      readonly error: ErrorRecord | null
    }
  /** Too much had been said that the guest did not take: from here on he is told nothing. */
  | { readonly type: 'cut' }
  /** The host has forgotten him. */
  | { readonly type: 'bye' }

export type ToHost =
  | { readonly type: 'message'; readonly message: SocketMessage | Blob }
  /** So many messages, with so many bytes, were taken so far. */
  | { readonly type: 'taken'; readonly count: number; readonly bytes: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  | { readonly type: 'leave' }
  /** The connection is dead. */
  | { readonly type: 'drop' }

const isMessage: Check = (value) => isString(value) || value instanceof Uint8Array
const isError = orNull(shape({ code: isString, message: isString, candidates: listOf(isString) }))
const isCode: Check = (value) => isWhole(value, 0, 65_535)
const nothing = shape({})

const toRoom = { join: shape({ guest: isUid, url: isString, protocols: listOf(isLine) }), host: nothing }
const toGuest = {
  admitted: shape({ host: isUid, protocol: isString }),
  refused: shape({ error: isError }),
  message: shape({ number: isCount, message: isMessage }),
  sent: shape({ count: isCount }),
  pong: shape({ id: isCount, error: isError }),
  closed: shape({ code: orNull(isCode), reason: isString, error: isError }),
  cut: nothing,
  bye: nothing,
}
const toHost = {
  message: shape({ message: (value) => isMessage(value) || value instanceof Blob }),
  taken: shape({ count: isCount, bytes: isCount }),
  ping: shape({ id: isCount }),
  close: shape({ code: isCode, reason: isString }),
  leave: nothing,
  drop: nothing,
}

/** Says to whoever is at the other end; what comes from there, and is nothing that one says here, is not heard. */
export class SharedChannel<In extends { readonly type: string }, Out> {
  readonly #channel: BroadcastChannel

  private constructor(name: string, known: { readonly [type: string]: Check }, hear: (said: In) => void) {
    this.#channel = new BroadcastChannel(name)
    this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      const type = fieldOf(data, 'type')
      if (isString(type) && Object.hasOwn(known, type) && known[type]?.(data)) hear(data as In)
    }
  }

  static room(room: string, hear: (said: ToRoom) => void): SharedChannel<ToRoom, ToRoom> {
    return new SharedChannel(room, toRoom, hear)
  }

  static ofHost(link: string, hear: (said: ToHost) => void): SharedChannel<ToHost, ToGuest> {
    return new SharedChannel(link, toHost, hear)
  }

  static ofGuest(link: string, hear: (said: ToGuest) => void): SharedChannel<ToGuest, ToHost> {
    return new SharedChannel(link, toGuest, hear)
  }

  say(said: Out): void {
    this.#channel.postMessage(said)
  }

  close(): void {
    this.#channel.close()
  }
}

/** The names of channels and locks. */
export const names = {
  /** Held by the host while he has, or tries to have, the connection. */
  room: (identifier: string, { name }: Pick<SocketShare, 'name'>): string =>
    `urlsession:socket:${VERSION}:${JSON.stringify([identifier, name])}`,
  /** Held by this host, or this guest, for as long as he lives and is needed: the other side notices his death. */
  one: (room: string, uid: string): string => `${room}:${uid}`,
}
