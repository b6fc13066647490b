/** What a caller may say about one WebSocket, checked at the call. */
import { isFunction, isString, isToken, isWhole } from './checks.ts'
import { checkOptions, choice, type Fields, group, leaf, milliseconds, text, wholeNumber } from './options.ts'
import { RETRY_FIELDS, type RetryOptions } from './retry-options.ts'
import { ownMetadata, TASK_FIELDS, type TaskOptions } from './task-options.ts'

/** A message as it arrives: text, or bytes of the receiver's own. */
export type SocketMessage = string | Uint8Array<ArrayBuffer>
/** A message as it may be sent; bytes are copied where they have to wait. */
export type OutgoingMessage = string | BufferSource | Blob

/**
 * Finds out whether anybody is still there. With `send` and `expect` it is a message of the application's own, which the server must
 * answer; without both it is a ping frame (RFC 6455 §5.5.2), which only Node can send.
 */
export interface Heartbeat {
  /** The question, or what makes one. */
  send?: string | Uint8Array | (() => string | Uint8Array)
  /**
   * The answer, or what tells whether a message is it; one that throws says no, and is told of by the warning `heartbeatThrew`. The message that answers is not
   * given to `receive`.
   */
  expect?: string | ((message: SocketMessage) => boolean)
  /** Milliseconds between an answer and the next question. Default 30,000. */
  interval?: number
  /**
   * Milliseconds without an answer, and without any other message, after which the connection counts as lost. Default 10,000. A question
   * that stands behind an upload has more, as long as that is under way; a browser shows nothing of a message that is still arriving,
   * so there the largest should take less than this.
   */
  timeout?: number
}

/** Where, and with which subprotocols, to connect again; what is left out stays as it was. */
export interface FreshSocketRequest {
  url?: string | URL
  protocols?: readonly string[]
  /** Added to the task's own; Node only. */
  headers?: HeadersInit
}

/**
 * Connects again after a loss. Delays are random parts of `baseDelay`, doubled each time, as for requests ("full jitter"); a network that
 * comes back ends them. Without a network (`notConnectedToInternet`) it waits for one.
 */
export interface Reconnect extends RetryOptions {
  /** Connections that may fail or be lost one after another; not counted where there is no network. Default: without end. */
  attempts?: number
  /** Milliseconds after which a connection counts as a good one, and `attempts` starts anew. Default 10,000. */
  stableAfter?: number
  /**
   * Asked before each new connection: for a fresh token in the URL or a subprotocol. Has the time of a request (`timeout.request`). One
   * that rejects is a failed attempt, and asked again; to give up, reject with a `URLError` whose `retryable` is false. An answer that
   * makes no sense ends the task with `delegateFailed`, or as the call would have been refused.
   * @param attempt 1 for the first after a loss.
   */
  request?: (attempt: number) => FreshSocketRequest | void | Promise<FreshSocketRequest | void>
  /**
   * Whether a connection that the server closed is made again. Default: after 1001, 1005 and 1011 to 1014, and not after what says that
   * it would end the same way.
   */
  reopens?: (code: number, reason: string) => boolean
}

export interface WebSocketOptions<Delegate = unknown> extends TaskOptions<Delegate> {
  /** Subprotocols that are offered, the best first (RFC 6455 §1.9). Default: none. */
  protocols?: readonly string[]
  /** Bytes; a longer message ends the task with `dataLengthExceedsMaximum`. Default 1 MiB, as Apple's. */
  maximumMessageSize?: number
  /** Bytes on their way to the network below which `send` resolves. Default 1 MiB. */
  highWaterMark?: number
  /** What is kept for a receiver that is slower than the server. */
  inbox?: {
    /** Messages; default 10,000. */
    limit?: number
    /** Bytes (of text: characters); default 64 MiB. */
    bytes?: number
    /**
     * `'close'`: the task ends with `dataLengthExceedsMaximum`. `'drop-oldest'`: what is oldest is forgotten, and counted. `'wait'`:
     * nothing more is read, so that the server has to wait; in browsers, which cannot, the task fails with
     * `unsupportedByPlatform`. Default: `'wait'` in Node, else `'close'`.
     */
    whenFull?: 'close' | 'drop-oldest' | 'wait'
  }
  /** What is kept for a server that is slower than the sender, or away: one more is refused with `dataLengthExceedsMaximum`. */
  outbox?: {
    /** Messages; default 10,000. */
    limit?: number
    /** Bytes (of text: characters); default 64 MiB. */
    bytes?: number
  }
  /** Default: none. */
  heartbeat?: Heartbeat
  /** Default: a loss ends the task. `true`: as by default. */
  reconnect?: boolean | Reconnect
  /**
   * A name, in a background session: tabs whose sessions have the same identifier share one connection under it (browsers alone;
   * see `capabilities.sharedSockets`). What arrives is given to each of them once; what each sends goes out over the one connection,
   * which the server takes for one client. A tab that comes later hears what arrives from then on. The connection stays in the tab that
   * opened it for as long as that tab lives and anybody uses it, whose `heartbeat` and `highWaterMark` count; when that tab goes, the next
   * one opens another, which all of them see as a reconnection: so `reconnect` is required. The last one to close closes it. Tabs with
   * another URL or other protocols under the name fail with `duplicateKey`. Default: none.
   */
  shared?: string
}

const functionOr = (what: string, fits: (value: unknown) => boolean): Fields[string] =>
  leaf(`${what}a function`, (value) => isFunction(value) || fits(value))

const aFunction = leaf('a function', isFunction)

/** Subprotocols as RFC 6455 §4.1 wants them: tokens, none twice. */
export const areProtocols = (value: unknown): boolean =>
  Array.isArray(value) && value.every(isToken) && new Set(value).size === value.length

const bytes = wholeNumber(1, Number.MAX_SAFE_INTEGER, 'bytes')
const box = { limit: wholeNumber(1, Number.MAX_SAFE_INTEGER, 'messages'), bytes }

const FIELDS: Fields = {
  ...TASK_FIELDS,
  protocols: leaf('an array of distinct HTTP tokens', areProtocols),
  maximumMessageSize: bytes,
  highWaterMark: bytes,
  inbox: group({
    ...box,
    whenFull: choice('close', 'drop-oldest', 'wait'),
  }),
  outbox: group(box),
  heartbeat: group({
    send: functionOr('a text, bytes or ', (value) => isString(value) || value instanceof Uint8Array),
    expect: functionOr('a text or ', isString),
    interval: milliseconds(),
    timeout: milliseconds(),
  }),
  reconnect: group(
    {
      ...RETRY_FIELDS,
      stableAfter: milliseconds(),
      request: aFunction,
      reopens: aFunction,
    },
    'true, false or ',
  ),
  shared: text(1, 512),
}

/**
 * @param frames Whether ping frames can be sent. @param named Whether the session has an identifier.
 * @throws {TypeError} naming the option, what was given and what is allowed.
 */
export function checkWebSocketOptions(given: unknown, frames: boolean, named: boolean): WebSocketOptions {
  const { reconnect, ...rest } = (given ?? {}) as WebSocketOptions
  const brief = typeof reconnect === 'boolean'
  const checked: WebSocketOptions = checkOptions('webSocketTask options', FIELDS, brief ? rest : (given ?? {}))
  const { heartbeat, shared } = checked
  const asks = heartbeat?.send !== undefined
  if (heartbeat && (asks !== (heartbeat.expect !== undefined) || !(asks || frames)))
    throw new TypeError('webSocketTask options: "heartbeat" needs both "send" and "expect", or in Node neither')
  if (shared && !(named && reconnect))
    throw new TypeError('webSocketTask options: "shared" needs "reconnect" and a background session')
  return ownMetadata<WebSocketOptions>({ ...checked, ...(reconnect === true && { reconnect: {} }) })
}

/**
 * Close codes and reasons that may be sent (RFC 6455 §7.4, WHATWG WebSockets `close()`).
 * @param every Whether those between 1001 and 1014 can be sent, which a browser keeps to itself.
 * @throws {TypeError}
 */
export function checkClose(code: number, reason: string, every: boolean): void {
  const isOurs = code === 1000 || isWhole(code, 3000, 4999)
  if (!isOurs && !(every && isWhole(code, 1001, 1014) && ![1004, 1005, 1006].includes(code)))
    throw new TypeError(`close: the code was ${code}; allowed is 1000, ${every ? '1001 to 1014, ' : ''}3000 to 4999`)
  if (new TextEncoder().encode(reason).length > 123) throw new TypeError('close: the reason was over 123 bytes')
}
