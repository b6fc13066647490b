/**
 * The one error class. `toRecord` and `fromRecord` are the only way across the wire and the disk,
 * so what survives a thread hop or a reload is exactly what stands in ErrorRecord.
 */
import { ERRORS, isErrorCode, type URLErrorCode } from './error-table.ts'
import type { NetworkUnavailableReason } from './network-access.ts'
import type { ResumeData } from './resume-data.ts'
import { safeURL } from './safe-url.ts'
import type { OutgoingMessage } from './web-socket-options.ts'

export type { URLErrorCode } from './error-table.ts'

/** Where in a task's life the failure happened. `connect`: nothing of the task had arrived anywhere, if `opaque` is false. */
export type ErrorPhase = 'setup' | 'connect' | 'response' | 'body' | 'storage' | 'delivery'

export interface URLErrorDetails {
  /** The URL that failed. */
  url?: string | null
  /** One sentence that says why, as far as the platform tells. */
  why?: string
  /** What to do; replaces the code's own hint. */
  hint?: string
  phase?: ErrorPhase
  retryable?: boolean
  attempts?: number
  bytesTransferred?: number
  resumeData?: ResumeData | null
  opaque?: boolean
  candidates?: readonly URLErrorCode[]
  status?: number | null
  networkUnavailableReason?: NetworkUnavailableReason | null
  cause?: unknown
}

/** The plain-data form of an error: cloneable, storable, no credentials. */
export interface ErrorRecord {
  code: string
  message: string
  url: string | null
  phase: string | null
  retryable: boolean
  attempts: number
  bytesTransferred: number
  opaque: boolean
  candidates: readonly string[]
  status: number | null
  /** Not in records of versions before there was such a thing. */
  networkUnavailableReason?: NetworkUnavailableReason | null
  cause: string | null
  resumeData: ResumeData | null
}

/** Why the JSON of an answer was refused. */
export interface DecodingFailure {
  /** The keys that lead to the first value that is wrong; empty for the whole body. */
  readonly path: readonly (string | number)[]
  /** The body as text, at most its first 10,000 characters. It may hold anything: think before you log it. */
  readonly body: string
  /** What a schema said, in its own words, which may quote values of the body. */
  readonly issues: readonly string[]
}

const BRAND = Symbol.for('urlsession.URLError')

/**
 * What a task, a session or an option failed with.
 *
 * `name` is `'AbortError'` for `cancelled` and `'TimeoutError'` for `timedOut`, so that code
 * written for `fetch` keeps working; else `'URLError'`.
 */
export class URLError extends Error {
  /** Apple's name of the failure, e.g. `'timedOut'`, or ours where Apple has none. */
  readonly code: URLErrorCode
  /** Apple's number, e.g. -1001; null where Apple has none. */
  readonly number: number | null
  /** The URL that failed, after redirects the one they led to where the platform shows it; null when none was involved. */
  readonly url: string | null
  readonly phase: ErrorPhase | null
  /** True when trying the same again may help. */
  readonly retryable: boolean
  /** How many requests were sent before this was given up. */
  readonly attempts: number
  /** Bytes that had arrived. */
  readonly bytesTransferred: number
  /** Give this to `downloadTask` to go on from the bytes that are there; null when there are none. */
  readonly resumeData: ResumeData | null
  /** True when the browser hid the real cause; `candidates` then lists what it may have been. */
  readonly opaque: boolean
  readonly candidates: readonly URLErrorCode[]
  /** The HTTP status that led to this, where there was one. */
  readonly status: number | null
  /** With `notConnectedToInternet`, where there is a network that `networkAccess` does not allow: which of its rules did not; else null. */
  readonly networkUnavailableReason: NetworkUnavailableReason | null
  /**
   * For JSON that was refused (`cannotDecodeRawData`, `schemaMismatch`) where and why; else not there. Not enumerable, and in neither
   * the message nor the record, so that an answer's body gets into no log by itself.
   */
  declare readonly decoding?: DecodingFailure
  /** See {@link DecodingFailure.path}. */
  declare readonly path?: DecodingFailure['path']
  /** See {@link DecodingFailure.body}. */
  declare readonly body?: string
  /** For a WebSocket's message that was not sent, or that nobody knows to have been: the message. Not enumerable, and nowhere else in the error. */
  declare readonly unsent?: OutgoingMessage

  constructor(code: URLErrorCode, details: URLErrorDetails = {}) {
    const text = compose(code, details)
    super(text, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = code === 'cancelled' ? 'AbortError' : code === 'timedOut' ? 'TimeoutError' : 'URLError'
    this.code = code
    this.number = ERRORS[code].number
    this.url = details.url ?? null
    this.phase = details.phase ?? null
    this.retryable = details.retryable ?? ERRORS[code].retryable
    this.attempts = details.attempts ?? 0
    this.bytesTransferred = details.bytesTransferred ?? 0
    this.resumeData = details.resumeData ?? null
    this.opaque = details.opaque ?? false
    this.candidates = details.candidates ?? []
    this.status = details.status ?? null
    this.networkUnavailableReason = details.networkUnavailableReason ?? null
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** True for any URLError, also one made by another copy of this library or in another realm. */
  static is(value: unknown): value is URLError {
    return typeof value === 'object' && value !== null && BRAND in value
  }

  /** The same failure with more said about it. */
  with(details: URLErrorDetails): URLError {
    const error = URLError.fromRecord({ ...this.toRecord(), ...details } as ErrorRecord, details.cause ?? this.cause)
    if (details.url && this.url === null)
      error.message = error.message.replace(/^The request(?= )/, safeURL(details.url))
    return error
  }

  /** Plain data that can be cloned to another thread and stored. */
  toRecord(): ErrorRecord {
    return {
      code: this.code,
      message: this.message,
      url: this.url,
      phase: this.phase,
      retryable: this.retryable,
      attempts: this.attempts,
      bytesTransferred: this.bytesTransferred,
      opaque: this.opaque,
      candidates: this.candidates,
      status: this.status,
      networkUnavailableReason: this.networkUnavailableReason,
      cause: describeCause(this.cause),
      resumeData: this.resumeData,
    }
  }

  /** The error that `toRecord` described. Unknown codes of a newer version become `'unknown'`. */
  static fromRecord(record: ErrorRecord, cause: unknown = record.cause ?? undefined): URLError {
    const { code, phase, candidates, cause: _described, ...rest } = record
    const error = new URLError(isErrorCode(code) ? code : 'unknown', {
      ...rest,
      candidates: candidates.filter(isErrorCode),
      ...(phase === null ? {} : { phase: phase as ErrorPhase }),
      ...(cause === undefined ? {} : { cause }),
    })
    error.message = record.message
    return error
  }

  /** Any thrown value as a URLError; one that already is one is returned as it is. */
  static from(value: unknown, code: URLErrorCode, details: URLErrorDetails = {}): URLError {
    if (URLError.is(value)) return value
    return new URLError(code, { why: describeCause(value) ?? '', ...details, cause: value })
  }
}

function compose(code: URLErrorCode, { url, why, hint }: URLErrorDetails): string {
  const entry = ERRORS[code]
  const subject = url ? safeURL(url) : 'The request'
  const advice = hint ?? entry.hint
  return `${subject} ${entry.says}${why ? `: ${why}` : ''}${advice ? ` (${advice})` : ''} [${code}]`
}

/** A foreign error in one bounded line: its name, message and system code; never its stack. */
export function describeCause(cause: unknown): string | null {
  if (cause === undefined || cause === null) return null
  if (!(cause instanceof Error)) return typeof cause === 'string' ? cause.slice(0, 300) : typeof cause
  const code = 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
  return `${cause.name}: ${cause.message}${code}`.slice(0, 300)
}
