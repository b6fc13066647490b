/** What a caller may say about one download, checked at the call. */
import * as z from 'zod/mini'
import { isWhole } from './checks.ts'
import { parseIntegrity } from './integrity.ts'
import type { Json } from './json.ts'
import { checkOptions, leaf, numberFrom, text as textOf, wholeNumber } from './options.ts'

/** A file the user picked: the part of FileSystemFileHandle that is used. */
export interface PickedFile {
  readonly kind: 'file'
  readonly name: string
  createWritable(options?: {
    keepExistingData?: boolean
  }): Promise<WritableStream & { write(data: Blob): Promise<void> }>
}

/** A path (Node), or a file that the user picked with `showSaveFilePicker` (browsers). */
export type DownloadDestination = string | PickedFile

/** Options every task takes. */
export interface TaskOptions<Delegate = unknown> {
  /** Asked before the session's delegate. Not in background sessions. */
  delegate?: Delegate | null
  /** Cancels the task when aborted; `finished` then rejects with `signal.reason`. */
  signal?: AbortSignal
  /** From 0 to 1, default 0.5: who gets a slot first. */
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

export interface DownloadOptions<Delegate = unknown> extends TaskOptions<Delegate> {
  /** SRI form, `sha256-…`, `sha384-…` or `sha512-…`; checked while bytes arrive. */
  integrity?: string
  /** Parallel byte ranges, 1 to 16 or `'auto'`. Default 1, and at present more are accepted but one is used. */
  connections?: number | 'auto'
  /** Bytes; a longer file fails with `dataLengthExceedsMaximum` as soon as its length is known or exceeded. */
  maximumSize?: number
  /** Where the finished file goes, instead of the session's own store. */
  destination?: DownloadDestination
}

const METADATA_LIMIT = 65_536

const schema = z.strictObject({
  delegate: leaf('an object with delegate methods', (value) => typeof value === 'object'),
  signal: leaf<AbortSignal>('an AbortSignal', isSignal),
  priority: numberFrom(0, 1),
  description: textOf(0, 4096),
  earliestBeginDate: leaf<Date>('a valid Date', (value) => value instanceof Date && !Number.isNaN(value.getTime())),
  key: textOf(1, 512),
  metadata: leaf<Json>('plain JSON data of at most 64 KiB', isSmallJson),
  integrity: textOf(1, 4096),
  connections: leaf<number | 'auto'>(
    '"auto" or a whole number from 1 to 16',
    (value) => value === 'auto' || isWhole(value, 1, 16),
  ),
  maximumSize: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'bytes'),
  destination: leaf<DownloadDestination>('a path (Node) or a file handle from showSaveFilePicker()', isDestination),
})

/** @throws {TypeError} naming the option, what was given and what is allowed. */
export function checkDownloadOptions(given: unknown): DownloadOptions {
  const options = checkOptions('downloadTask options', schema, given ?? {}) as DownloadOptions
  if (options.integrity !== undefined) parseIntegrity(options.integrity)
  // A copy, so that what the caller does with its own data later changes nothing here.
  return options.metadata === undefined ? options : { ...options, metadata: structuredClone(options.metadata) }
}

function isSignal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value
}

function isDestination(value: unknown): boolean {
  if (typeof value === 'string') return value !== '' && !value.includes('\0')
  return typeof value === 'object' && value !== null && 'createWritable' in value
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
