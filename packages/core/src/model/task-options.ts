/** What a caller may say about any task, and about a data task, checked at the call. */
import type { Json } from './json.ts'
import { checkOptions, type Fields, group, leaf, numberFrom, text as textOf, wholeNumber, yesOrNo } from './options.ts'
import { RETRY_FIELDS, type RetryOptions } from './retry-options.ts'

/** Options every task takes. */
export interface TaskOptions<Delegate = unknown> {
  /** Asked before the session's delegate. Not in background sessions. */
  delegate?: Delegate | null
  /** Cancels the task when aborted; `finished` then rejects with `signal.reason`. */
  signal?: AbortSignal
  /** From 0 to 1, default 0.5: who gets a slot first. Of requests (not of transfers) browsers are told: above 0.5 `'high'`, below `'low'`. */
  priority?: number
  /** A free label, kept across a reload in a background session. */
  description?: string
  /** Not before this moment; it may be later. */
  earliestBeginDate?: Date
  /** The caller's own stable name; unique among a background session's live tasks. 1 to 512 characters. */
  key?: string
  /** The caller's own data, kept across a reload; at most 64 KiB as JSON. */
  metadata?: Json
}

/** Options of requests whose answer is taken on the spot. */
export interface DataOptions<Delegate = unknown> extends TaskOptions<Delegate> {
  /**
   * Instead of the session's `retry`; `false`: one attempt. It holds for the body of a GET as well: one that breaks off or falls silent
   * is gone on with by a range (RFC 9110 §14) where the server gave a strong ETag and no compression, for as long as bytes come.
   */
  retry?: RetryOptions | false
  /**
   * Sends an `Idempotency-Key` (a draft of the IETF's HTTPAPI group), so that a POST or PATCH may be tried again without being
   * done twice: `true` makes a key, a text is one. Only for servers that know the header. Default: none; then such a request is
   * tried again only where no connection was made, or the server answered that it did nothing (425, RFC 8470 §5.2; 429, RFC 6585 §4).
   */
  idempotencyKey?: boolean | string
  /** Bytes; a longer answer fails with `dataLengthExceedsMaximum`. Default: no limit. */
  maximumSize?: number
  /**
   * Shares one GET or HEAD with tasks of the session that want the same and are not over, and asked for it too: equal URL, headers and
   * options, no delegate and no `earliestBeginDate` of the task's own. For `data` and `json`; what is read as it comes is never shared.
   * Each task gets bytes of its own. One that is cancelled or suspended does not take the others along: if it was the one that asked,
   * the next asks again. Adapters and the session's delegate hear of the one that asks, and only that one has transactions in its
   * metrics. Default false.
   */
  dedupe?: boolean
}

const METADATA_LIMIT = 65_536

export const TASK_FIELDS: Fields = {
  delegate: leaf('an object with delegate methods', (value) => typeof value === 'object'),
  signal: leaf('an AbortSignal', isSignal),
  priority: numberFrom(0, 1),
  description: textOf(0, 4096),
  earliestBeginDate: leaf('a valid Date', (value) => value instanceof Date && !Number.isNaN(value.getTime())),
  key: textOf(1, 512),
  metadata: leaf('plain JSON data of at most 64 KiB', isSmallJson),
}

const DATA_FIELDS: Fields = {
  ...TASK_FIELDS,
  retry: group(RETRY_FIELDS, 'false, or '),
  idempotencyKey: leaf(
    'true, false or a text of 1 to 255 visible ASCII characters',
    (value) => typeof value === 'boolean' || (typeof value === 'string' && /^[\x21-\x7e]{1,255}$/.test(value)),
  ),
  maximumSize: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'bytes'),
  dedupe: yesOrNo(),
}

/** @throws {TypeError} naming the option, what was given and what is allowed. */
export function checkDataOptions(given: unknown): DataOptions {
  const { retry, ...options } = (given ?? {}) as DataOptions
  // `false` stands for a group of its own.
  const checked = checkOptions('dataTask options', DATA_FIELDS, retry === false ? options : (given ?? {}))
  return ownMetadata<DataOptions>({ ...checked, ...(retry === false ? { retry } : {}) })
}

/** True for the name of an option of ours: `fetch` takes them beside its own. */
export const isTaskOption = (name: string): boolean => Object.hasOwn(DATA_FIELDS, name)

/** A copy, so that what the caller does with its own data later changes nothing here. */
export const ownMetadata = <Options extends TaskOptions>(options: Options): Options =>
  options.metadata === undefined ? options : { ...options, metadata: structuredClone(options.metadata) }

function isSignal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value
}

function isSmallJson(value: unknown): boolean {
  try {
    const text = JSON.stringify(value)
    return text !== undefined && text.length <= METADATA_LIMIT && sameJson(value, JSON.parse(text))
  } catch {
    return false
  }
}

/** True when nothing was lost on the way through JSON (functions, undefined, Dates, NaN …). */
function sameJson(left: unknown, right: unknown): boolean {
  if (typeof left !== 'object' || left === null) return left === right
  if (typeof right !== 'object' || right === null) return false
  if (!Array.isArray(left) && Object.getPrototypeOf(left) !== Object.prototype && Object.getPrototypeOf(left) !== null)
    return false
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => sameJson(Reflect.get(left, key), Reflect.get(right, key)))
  )
}
