/** When to try again. Pure: time and chance are arguments. */
import type { Settings } from '../model/configuration.ts'
import type { URLError } from '../model/url-error.ts'
import type { WireResponse } from '../ports/transport.ts'

/** Statuses that say "not now" rather than "no" (RFC 9110 §15, RFC 6585 §4, RFC 8470 §5.2). */
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504])

export const isTransientStatus = (status: number): boolean => TRANSIENT.has(status)

/**
 * Full jitter: anything from 0 to the ceiling, which doubles with each failure in a row.
 * @param failures Failures so far, 1 or more.
 * @param chance A number in [0, 1).
 */
export function backoffDelay(failures: number, chance: number, policy: Settings['retry']): number {
  const ceiling = Math.min(policy.maximumDelay, policy.baseDelay * 2 ** Math.min(failures - 1, 30))
  return Math.round(chance * ceiling)
}

/**
 * Retry-After in milliseconds from now: seconds or an HTTP date (RFC 9110 §10.2.3); null when it is
 * absent or neither. A date in the past is 0.
 */
export function parseRetryAfter(text: string | null, now: number): number | null {
  const value = text?.trim() ?? ''
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000
  // Every HTTP date ends in GMT or a four-digit year (asctime); Date.parse alone would take far more.
  if (!/(GMT|\d{4})$/.test(value)) return null
  const at = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}

/**
 * What an answer says of when to come back, in milliseconds from now, or null: Retry-After, and of a 429 else RateLimit-Reset or
 * X-RateLimit-Reset, which some give in seconds from now and others as seconds since the epoch.
 */
export function retryAfterOf(
  { status, headers }: Pick<WireResponse, 'status' | 'headers'>,
  now: number,
): number | null {
  const told = parseRetryAfter(headers.get('retry-after'), now)
  // With other answers they come too, and then say nothing about this one.
  if (told !== null || status !== 429) return told
  const reset = parseRetryAfter(headers.get('ratelimit-reset') ?? headers.get('x-ratelimit-reset'), now)
  return reset !== null && reset >= EPOCH ? Math.max(0, reset - now) : reset
}

/** No server has anybody wait for thirty years: what is longer is a date. */
const EPOCH = 1e12

/** Methods that may be asked again without harm (RFC 9110 §9.2.2, and QUERY by its own definition). */
const REPEATABLE = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'QUERY'])

export const isRepeatable = (method: string): boolean => REPEATABLE.has(method)

/** Failures that mean no connection to the host could be made. */
const UNREACHABLE = new Set<string>([
  'cannotFindHost',
  'cannotConnectToHost',
  'dnsLookupFailed',
  'opaqueNetworkFailure',
  'notConnectedToInternet',
])

export const isUnreachable = ({ code }: URLError): boolean => UNREACHABLE.has(code)

/** Surely nothing of it arrived anywhere: there was no connection, and the platform is able to tell. */
export const isUnsent = ({ phase, opaque }: URLError): boolean => phase === 'connect' && !opaque

export interface FailedAttempt {
  /** 1 for the first. */
  readonly attempt: number
  /** Doing it again does no more than doing it once. */
  readonly repeatable: boolean
  /** There is a second copy of the body: a stream that was given away is gone, however little of it was sent. */
  readonly resendable: boolean
  /** What it failed with, or null where an answer came. */
  readonly error: URLError | null
  /** The answer's status, or null where none came. */
  readonly status: number | null
  readonly retryAfter: number | null
  readonly now: number
  readonly chance: number
  /** Wall-clock end of all patience. */
  readonly deadline: number
  readonly policy: Settings['retry']
}

/**
 * Milliseconds until a request is tried again, or null where its outcome stands: a status that says "no", an error that
 * would come again, or one of {@link pauseBeforeNext}'s. Never for a request that may have done something (RFC 9110 §9.2.2), unless it
 * surely never arrived, or the server's answer says that it did nothing.
 */
export function retryDelay(failed: FailedAttempt): number | null {
  const { error, status } = failed
  // Without a network the next attempt ends as this one did; who wants to wait for one has not come here.
  if (error?.code === 'notConnectedToInternet') return null
  if (error ? !error.retryable : status === null || !isTransientStatus(status)) return null
  const unsent = error !== null && isUnsent(error)
  // A server that answers 425 or 429 says that it did nothing (RFC 8470 §5.2, RFC 6585 §4).
  if (!failed.repeatable && !unsent && status !== 425 && status !== 429) return null
  return pauseBeforeNext(failed)
}

/**
 * Milliseconds until the next attempt of what is to be tried again, whoever says so; never less than the server's Retry-After. Null
 * where there can be none: attempts used up, a body that is gone, a wait that the deadline does not leave time for.
 */
export function pauseBeforeNext(failed: FailedAttempt): number | null {
  const { attempt, policy, retryAfter, now, deadline } = failed
  if (attempt >= policy.attempts || !failed.resendable) return null
  const backoff = backoffDelay(attempt, failed.chance, policy)
  const delay = retryAfter === null ? backoff : retryAfter + Math.min(backoff, 1000)
  return now + delay >= deadline ? null : delay
}

/** How many retries may be saved up, and what a request adds to them: a server in trouble is not asked ever more. */
const SAVED = 10
const PER_REQUEST = 0.2

/** The retries of all requests to one host together are at most a fifth of the requests, beyond the first few. */
export class RetryBudget {
  readonly #left = new Map<string, number>()

  asked(host: string): void {
    this.#left.set(host, Math.min(SAVED, (this.#left.get(host) ?? SAVED) + PER_REQUEST))
  }

  /** True when there is one, which is spent by this. */
  spend(host: string): boolean {
    const left = this.#left.get(host) ?? SAVED
    if (left < 1) return false
    this.#left.set(host, left - 1)
    return true
  }
}
