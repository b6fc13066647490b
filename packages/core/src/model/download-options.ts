/** What a caller may say about one download, checked at the call. */
import { isWhole } from './checks.ts'
import { parseIntegrity } from './integrity.ts'
import { checkOptions, type Fields, leaf, text as textOf, wholeNumber } from './options.ts'
import { ownMetadata, TASK_FIELDS, type TaskOptions } from './task-options.ts'

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

const FIELDS: Fields = {
  ...TASK_FIELDS,
  integrity: textOf(1, 4096),
  connections: leaf('"auto" or a whole number from 1 to 16', (value) => value === 'auto' || isWhole(value, 1, 16)),
  maximumSize: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'bytes'),
  destination: leaf('a path (Node) or a file handle from showSaveFilePicker()', isDestination),
}

/** @throws {TypeError} naming the option, what was given and what is allowed. */
export function checkDownloadOptions(given: unknown): DownloadOptions {
  const options = checkOptions('downloadTask options', FIELDS, given ?? {}) as DownloadOptions
  if (options.integrity !== undefined) parseIntegrity(options.integrity)
  return ownMetadata(options)
}

function isDestination(value: unknown): boolean {
  if (typeof value === 'string') return value !== '' && !value.includes('\0')
  return typeof value === 'object' && value !== null && 'createWritable' in value
}
