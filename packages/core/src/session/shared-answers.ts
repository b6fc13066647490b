/**
 * Owns which requests of a session are under way for several of its tasks: the first sends one, and the others wait for what it gets.
 * To be imported when a task asks for it.
 */
import type { DataLane } from '../loading/data-lane.ts'
import type { ResponseHead } from '../model/response.ts'
import type { DataTaskOrigin } from './data-task.ts'

/** What became of a request: its answer, its failure, or nothing, since whoever sent it does not go on. */
export type Landing =
  | { readonly head: ResponseHead; readonly data: Uint8Array<ArrayBuffer> }
  | { readonly failure: unknown }
  | null

/** A request under way. */
export interface Flight {
  readonly landed: Promise<Landing>
  /** For the one who sends it, once; later words change nothing. */
  land(landing: Landing): void
}

const underWay = new WeakMap<DataLane, Map<string, Flight>>()

/** @returns The flight, and whether it is the caller's own to land. */
export function boarded(lane: DataLane, key: string): { readonly flight: Flight; readonly isOwn: boolean } {
  const flights = underWay.get(lane) ?? new Map<string, Flight>()
  underWay.set(lane, flights)
  const known = flights.get(key)
  if (known) return { flight: known, isOwn: false }
  const { promise, resolve } = Promise.withResolvers<Landing>()
  const flight = {
    landed: promise,
    land(landing: Landing) {
      if (flights.get(key) === flight) flights.delete(key)
      resolve(landing)
    },
  }
  flights.set(key, flight)
  return { flight, isOwn: true }
}

/**
 * A text that is the same for tasks that would get the same answer in the same way; null for one that has to ask for itself: what may not
 * be repeated, what is read as it comes, what has a moment, a delegate or a key of its own.
 */
export function keyOf({ request, options, taker, idempotencyKey }: DataTaskOrigin): string | null {
  const { url, method, headers, body, credentials, cachePolicy, timeout, proposed } = request
  const { delegate, earliestBeginDate, maximumSize, retry } = options
  const isPlain = (method === 'GET' || method === 'HEAD') && body === null && idempotencyKey === null
  if (!isPlain || taker !== 'gather' || delegate || earliestBeginDate) return null
  return JSON.stringify([url, method, headers, credentials, cachePolicy, timeout, proposed, maximumSize, retry])
}
