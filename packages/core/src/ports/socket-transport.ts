/**
 * WebSockets as a platform has them: one handshake, one connection. An adapter retries nothing, times nothing out, and turns every
 * failure into a URLError.
 */
import type { Heartbeat, SocketMessage } from '../model/web-socket-options.ts'
import type { URLError } from '../model/url-error.ts'
import type { WireRequest, WireResponse } from './transport.ts'

export interface SocketTransport {
  /** Whether the request's headers reach the server; a browser sends its own alone. */
  readonly sendsHeaders: boolean
  /** Whether reading can be paused. */
  readonly pauses: boolean
  /**
   * Asks for an upgrade. The request's URL is the http or https one; errors name the ws or wss one.
   * @throws {URLError} as {@link Transport.send}; in a browser `badServerResponse`, opaque, whatever it was; the signal's reason.
   */
  open(request: WireRequest, offer: SocketOffer): Promise<SocketAnswer>
}

export interface SocketOffer {
  readonly protocols: readonly string[]
  /** Bytes. Refuses longer messages before they are in memory, where it can. */
  readonly maximumMessageSize: number
}

/** What the tabs that share one connection have in common. */
export interface SocketShare {
  readonly name: string
  /** As the task was made: they must be the same in all of them. */
  readonly url: string
  readonly protocols: readonly string[]
  /** Those of whoever opens the connection count: its question and its answer, and the bytes below which a message counts as sent. */
  readonly heartbeat: Heartbeat | null
  readonly highWaterMark: number
}

export interface SocketAnswer {
  readonly response: WireResponse
  /** Null where the server answered, and not with 101. */
  readonly socket: Socket | null
}

export interface Socket {
  /** The subprotocol that the server chose, or ''. */
  readonly protocol: string
  /** Bytes that were given to `send` and not yet taken by the system. */
  readonly buffered: number
  /** Bytes that came in so far, those of an unfinished message too; 0 where nobody tells. */
  readonly arrived: number
  /** Sends a ping frame and resolves when it was answered; null where there are none. Rejects when the connection ends. */
  readonly ping: (() => Promise<void>) | null
  /** Reads no more, or goes on; null where that cannot be. */
  readonly pause: ((on: boolean) => void) | null
  /** Once. What happened before is told now. */
  listen(listener: SocketListener): void
  /**
   * In order. The bytes belong to the caller again when this returns. Does nothing once it is closed.
   * @returns Where somebody else sends it, when he has, and has room for more. @throws {URLError} (as a rejection) where nobody knows
   *   whether he has.
   */
  send(message: string | Uint8Array<ArrayBuffer> | Blob): void | Promise<void>
  /** Calls back once, when fewer than `mark` bytes are buffered; not for a connection that ended. */
  whenBelow(mark: number, tell: () => void): void
  /** Sends a close frame behind everything else; `closed` is told when the other side has answered, or never. */
  close(code: number, reason: string): void
  /** Ends it without waiting for anybody; with a close frame where that can be had. Nothing is told any more. */
  leave(): void
  /** Ends a connection that is dead. Nothing is told any more. */
  drop(): void
}

export interface SocketListener {
  message(message: SocketMessage): void
  /** The last call. */
  closed(end: SocketEnd): void
}

export interface SocketEnd {
  /** Of the other side's close frame, 1005 for one without a code; null where there was no frame. */
  readonly code: number | null
  readonly reason: string
  /** Why it ended, where there was no frame and the platform tells. */
  readonly error: URLError | null
  /** The tab that held a shared connection is gone, which says nothing about the server: another one opens the next at once. */
  readonly handOver?: true
}
