/** What a caller may say about one upload, and what can be uploaded; checked at the call. */
import { fieldOf, isFunction, isText, isWhole } from './checks.ts'
import { checkOptions, type Fields, leaf, wholeNumber } from './options.ts'
import { ownBody } from './own-body.ts'
import { ownMetadata, TASK_FIELDS, type TaskOptions } from './task-options.ts'
import type { TusOptions } from './tus-options.ts'
import type { UploadProtocol } from './upload-protocol.ts'

/** A file by its path (Node). */
export interface FilePath {
  readonly path: string
}

/**
 * What is uploaded. A buffer is copied; of a Blob, a file or a handle only as much is read as is being sent. A stream is stored as it
 * is read; tus sends it meanwhile, to servers that are told the length later, and all else when it is read. A file must stay as it is until it is sent: one that changed fails the task with `fileChanged`.
 */
export type UploadBody =
  | Blob
  | BufferSource
  | string
  | FormData
  | URLSearchParams
  | FileSystemFileHandle
  | ReadableStream<Uint8Array>
  | FilePath

/** A protocol of ours with options of its own: plain data. */
export type NamedUploadProtocol =
  | { readonly name: 'plain' }
  /**
   * `creation: 'optimistic'` sends the whole file with the request that makes the upload, and is told by an answer before the answer (104)
   * how to go on; only where those are shown (Node), else and by default `'careful'`: an empty request comes first.
   */
  | { readonly name: 'resumable'; readonly creation?: 'careful' | 'optimistic' }
  | ({ readonly name: 'tus' } & TusOptions)

export interface UploadOptions<Delegate = unknown> extends TaskOptions<Delegate> {
  /**
   * How the bytes get there. `'plain'` (default): one request. `'resumable'`: the IETF's resumable uploads, interop version 8. `'tus'`: tus 1.0.
   * Or one of your own, as `s3Multipart()` makes one; in a background session it must be among the configuration's `uploadProtocols`.
   */
  protocol?: 'plain' | 'resumable' | 'tus' | NamedUploadProtocol | UploadProtocol
  /** Bytes of one request, for protocols that send a file in parts. Default `'auto'`: some seconds' worth, as measured. */
  chunkSize?: number | 'auto'
  /** Parts at once, 1 to 16, for protocols that can. Default: as many as make it faster, at most 4. */
  parallel?: number
  /** At most so many bytes a second, on average, for protocols that send a file in parts: one request goes as fast as it can. Default: no limit. */
  bytesPerSecond?: number
}

const BUILT_IN = ['plain', 'resumable', 'tus']

const FIELDS: Fields = {
  ...TASK_FIELDS,
  protocol: leaf('"plain", "resumable", "tus", { name: one of them, … } or an UploadProtocol', isProtocol),
  chunkSize: leaf(
    '"auto" or a whole number of bytes from 1',
    (value) => value === 'auto' || isWhole(value, 1, 2 ** 40),
  ),
  parallel: wholeNumber(1, 16, 'parts'),
  bytesPerSecond: wholeNumber(1024, Number.MAX_SAFE_INTEGER, 'bytes'),
}

/** @throws {TypeError} naming the option, what was given and what is allowed. */
export const checkUploadOptions = (given: unknown): UploadOptions =>
  ownMetadata(checkOptions('uploadTask options', FIELDS, given ?? {}) as UploadOptions)

/** One that the session runs, because it holds functions. */
export const isOwnProtocol = (value: unknown): value is UploadProtocol =>
  isText(fieldOf(value, 'name'), 1, 64) &&
  /^[\w-]+$/.test(fieldOf(value, 'name') as string) &&
  !BUILT_IN.includes(fieldOf(value, 'name') as string) &&
  ['create', 'locate', 'part', 'finish'].every((method) => isFunction(fieldOf(value, method)))

function isProtocol(value: unknown): boolean {
  return BUILT_IN.includes((fieldOf(value, 'name') ?? value) as string) || isOwnProtocol(value)
}

/** @throws {TypeError} for what cannot be uploaded. */
export function checkUploadBody(body: unknown): UploadBody {
  const own = ownBody(body)
  if (own !== null) return own
  if (isText(fieldOf(body, 'path'), 1, 65_536) || isFunction(fieldOf(body, 'getFile'))) return body as UploadBody
  throw new TypeError(
    'uploadTask: "body" was something else; allowed is a file handle, { path }, a string, a buffer, a Blob, FormData, URLSearchParams or a ReadableStream',
  )
}
