/**
 * Owns a stream of server-sent events over however many connections it takes (HTML Standard §9.2). When to connect again, and
 * from where, is decided here; what the bytes mean, in event-stream.ts. To be imported only when somebody asks for events.
 */
import type { Settings } from '../model/configuration.ts'
import type { URLResponse } from '../model/response.ts'
import { URLError } from '../model/url-error.ts'
import type { Chance, Clock } from '../ports/clock.ts'
import { backoffDelay } from '../loading/retry.ts'
import { EventStream, type ServerSentEvent } from './event-stream.ts'

export type { ServerSentEvent } from './event-stream.ts'

/** One connection. Ending the iterator of `bytes`, also before its first step, must give the body up. */
export interface EventConnection {
  readonly response: URLResponse
  readonly bytes: AsyncIterable<Uint8Array>
}

export interface EventStreamOptions {
  readonly clock: Clock
  readonly chance: Chance
  /** Connections refused in a row before this gives up, and how far apart reconnections grow. */
  readonly retry: Settings['retry']
  /** Ends the stream: what is waited for is left, and the signal's reason thrown. */
  readonly signal?: AbortSignal
  /** The most characters one event may have. Default 1,048,576 (1 MiB of ASCII). */
  readonly limit?: number
}

const DEFAULT_LIMIT = 1_048_576

/**
 * Events, one after another, until the server says that there are no more (204), the caller leaves the loop, or the signal is aborted.
 *
 * A connection that ends or breaks is followed by another, after the server's `retry` (3 s where it says nothing) and a random while on
 * top that grows as long as nothing arrives; `open` is then given the last event's identifier ({@link lastEventIDHeader} makes the
 * header of it, for which CORS wants leave). It must ask past every cache: a stream that was stored would be played again for ever.
 * Nothing is read ahead of the events that the caller has taken, beyond one piece of the body.
 *
 * @throws {URLError} `badServerResponse` for a status other than 200 or a type other than `text/event-stream`, which no second try
 *   changes; `dataLengthExceedsMaximum` for an event over the limit; what `open` and `bytes` throw when it is not retryable, or when
 *   `retry.attempts` connections in a row could not be opened.
 */
export async function* eventsOf(
  open: (lastEventID: string) => Promise<EventConnection>,
  options: EventStreamOptions,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const { retry, chance } = options
  const stream = new EventStream(options.limit ?? DEFAULT_LIMIT)
  const aborted = watch(options.signal)
  let refused = 0
  let fruitless = 0
  try {
    for (;;) {
      let opened = false
      try {
        const connection = await aborted.or(open(stream.lastEventID))
        if (!(await accepts(connection))) return
        opened = true
        refused = 0
        const chunks = connection.bytes[Symbol.asyncIterator]()
        try {
          stream.begin(connection.response.url)
          for (let step = await aborted.or(chunks.next()); !step.done; step = await aborted.or(chunks.next())) {
            if (step.value.length > 0) fruitless = 0
            yield* stream.read(step.value)
          }
        } finally {
          leave(chunks)
        }
      } catch (error) {
        aborted.check()
        if (!URLError.is(error) || !error.retryable) throw error
        if (!opened && ++refused >= retry.attempts) throw error
      }
      const jitter = backoffDelay(++fruitless, chance.next(), retry)
      await aborted.or(pause(stream.reconnectionTime + jitter, options))
    }
  } finally {
    aborted.stop()
  }
}

/**
 * The value of Last-Event-ID for an identifier: its UTF-8, a character for each byte, as headers are given to `fetch`. Null where
 * there is none, or where it has control characters, which no header can carry.
 */
export function lastEventIDHeader(id: string): string | null {
  if (id === '' || /[\0-\x08\x0a-\x1f\x7f]/.test(id)) return null
  return Array.from(new TextEncoder().encode(id), (byte) => String.fromCharCode(byte)).join('')
}

/** Whether there are events to come: false is the server's word for "no more". */
async function accepts({ response, bytes }: EventConnection): Promise<boolean> {
  const { status, mimeType } = response
  if (status === 200 && mimeType === 'text/event-stream') return true
  leave(bytes[Symbol.asyncIterator]())
  if (status === 204) return false
  throw new URLError('badServerResponse', {
    url: response.url,
    phase: 'response',
    status,
    retryable: false,
    why: status === 200 ? `its type is ${mimeType === '' ? 'not said' : mimeType.slice(0, 60)}` : `HTTP ${status}`,
    hint: 'a stream of events has status 200 and the type text/event-stream',
  })
}

/** Gives a body up. Not waited for: one that hangs would hold up the end, too. */
function leave(chunks: AsyncIterator<Uint8Array>): void {
  Promise.resolve(chunks.return?.()).catch(() => {})
}

function pause(delay: number, { clock, signal }: EventStreamOptions): Promise<void> {
  return new Promise((resolve) => {
    const takeBack = clock.after(delay, done)
    signal?.addEventListener('abort', done)
    function done(): void {
      takeBack()
      signal?.removeEventListener('abort', done)
      resolve()
    }
  })
}

interface Watch {
  /** The promise's outcome, or the signal's reason if that comes first. */
  or<T>(promise: Promise<T>): Promise<T>
  /** Throws the signal's reason when it is aborted. */
  check(): void
  stop(): void
}

function watch(signal: AbortSignal | undefined): Watch {
  // One wait at a time, and each lets go of the one before: a race with a promise that never settles would keep them all.
  let refuse = (_reason: unknown): void => {}
  const abort = (): void => refuse(signal?.reason)
  signal?.addEventListener('abort', abort)
  return {
    or: (promise) =>
      new Promise((resolve, reject) => {
        refuse = reject
        if (signal?.aborted) abort()
        promise.then(resolve, reject)
      }),
    check: () => signal?.throwIfAborted(),
    stop: () => signal?.removeEventListener('abort', abort),
  }
}
