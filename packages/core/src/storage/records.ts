/**
 * Every shape that is ever stored, in every version that ever was. Reading one gives its current form,
 * or says that it is of a newer version, or that it cannot be read. A new version adds a member to the
 * union, a migration beside it, and a fixture of the old one to the tests.
 */
import * as z from 'zod/mini'
import {
  faultIn,
  fieldOf,
  isCount,
  isFlag,
  isLine,
  isNumber,
  isPair,
  isUid,
  listOf,
  oneOf,
  orNull,
  shape,
  type Check,
} from '../model/checks.ts'
import type { FileStoreKind } from '../model/capabilities.ts'
import type { DownloadDestination } from '../model/download-options.ts'
import type { Integrity } from '../model/integrity.ts'
import type { Json } from '../model/json.ts'
import type { NormalRequest } from '../model/request.ts'
import type { ResponseRecord } from '../model/response.ts'
import type { UploadedPiece, UploadLanes } from '../model/upload-protocol.ts'
import type { ErrorRecord } from '../model/url-error.ts'

/** What the server said of the bytes that we hold. */
export interface Entity {
  etag: string | null
  lastModified: string | null
  /** Length of the whole file, or null where the server did not say (or the body is encoded). */
  total: number | null
  /** The body was compressed on its way: offsets in the file are not offsets on the wire. */
  encoded: boolean
  /** Headers may have been hidden from us, so `total` may be the length of a compressed body. */
  filtered: boolean
  acceptsRanges: boolean
  response: ResponseRecord
}

export interface DigestCheckpoint {
  /** Bytes that went into the state, from the start of the file. */
  at: number
  state: Uint8Array
}

/** Bytes that can be gone on with: the part that a transfer and parked resume data have in common. */
export interface Partial {
  request: NormalRequest
  /** Names of credential headers the request had; their values are never stored. */
  withheld: string[]
  entity: Entity | null
  /** What is durably on disk: sorted, disjoint `[from, to)`. */
  ranges: [number, number][]
  digest: DigestCheckpoint | null
  /** Where those bytes are; older records do not say, and mean the store of whoever reads them. */
  store?: FileStoreKind | null
}

export type StoredOutcome =
  | { type: 'finished'; size: number; name: string; mime: string; digest: string | null; path: string | null }
  | { type: 'failed'; error: ErrorRecord }
  /** The server's answer to an upload, with its body. */
  | { type: 'uploaded'; response: ResponseRecord; data: Uint8Array<ArrayBuffer> }

/** What every transfer's record has. */
export interface CommonRecord {
  v: 1
  uid: string
  identifier: number
  owner: string
  key: string | null
  metadata: Json | null
  description: string
  priority: number
  beginAt: number | null
  createdAt: number
  /** When the whole task must be over, once it was resumed. */
  deadline: number | null
  /** The caller wants it to run. */
  running: boolean
  /** Attempts in a row that brought no byte. */
  fruitless: number
  outcome: StoredOutcome | null
  request: NormalRequest
  /** Names of credential headers the request had; their values are never stored. */
  withheld: string[]
}

export interface DownloadRecord extends CommonRecord, Partial {
  kind: 'download'
  integrity: Integrity | null
  connections: number | 'auto'
  maximumSize: number | null
  destination: DownloadDestination | null
}

/** An upload's record; what is in `upload` only uploads read, and judge (transfers/upload/upload-state.ts). */
export interface UploadRecord extends CommonRecord {
  kind: 'upload'
  upload: UploadState
}

export type TransferRecord = DownloadRecord | UploadRecord

/** Where the bytes of an upload come from, in this life and in later ones. */
export type StoredSource =
  /** In the engine's own file store, under the name of the transfer. */
  | { at: 'store' }
  /** A file that the user picked. */
  | { at: 'handle'; handle: FileSystemFileHandle }
  | { at: 'path'; path: string }
  /** The session that made the task has it: a later one is asked for it again. */
  | { at: 'session' }

/** What tells a file from another, or from a later version of itself. */
export interface FilePrint {
  size: number
  /** Milliseconds since the epoch, or null for what is no file. */
  modified: number | null
  /** Of bytes at its beginning, middle and end; null while nobody has looked. */
  sample: string | null
}

/** How far an upload is. */
export interface UploadState {
  protocol: string
  /** The options of a protocol of ours. */
  options: Json
  chunkSize: number | null
  parallel: number | null
  bytesPerSecond: number | null
  name: string
  type: string
  source: StoredSource
  print: FilePrint | null
  /** What the protocol needs to go on; undefined before the upload is made on the server. */
  made: UploadMade | null
  response: ResponseRecord | null
}

/** An upload that the server made. */
export interface UploadMade {
  state: Json
  lanes: UploadLanes | null
  least: number
  most: number
  pieces: UploadedPiece[]
}

/** Bytes put aside for whoever holds the resume data. */
export interface ParkedRecord extends Partial {
  v: 1
  kind: 'parked'
  uid: string
  integrity: Integrity | null
  maximumSize: number | null
  parkedAt: number
}

/** A file the caller kept. */
export interface KeptRecord {
  v: 1
  kind: 'kept'
  uid: string
  key: string
  name: string
  size: number
  mime: string
  digest: string | null
  keptAt: number
}

/** Says that a file belongs to a living session although no other record names it. */
export interface ClaimRecord {
  v: 1
  kind: 'claim'
  uid: string
  owner: string
}

/** One a session identifier. */
export interface SessionRecord {
  v: 1
  kind: 'session'
  nextIdentifier: number
}

/** Resume data that was used; its token can never be used again. */
export interface UsedRecord {
  v: 1
  kind: 'used'
  uid: string
}

export type StoredRecord = TransferRecord | ParkedRecord | KeptRecord | ClaimRecord | SessionRecord | UsedRecord

const anything: Check = () => true
const isBytes: Check = (value) => value instanceof Uint8Array

/** Sorted, disjoint and not empty, or a file could be assembled wrongly. */
const areRanges: Check = (value) => {
  if (!listOf((range) => listOf(isCount)(range) && (range as unknown[]).length === 2, 100_000)(value)) return false
  return (value as [number, number][]).every(
    ([from, to], index, all) => to > from && from > (all[index - 1]?.[1] ?? -1),
  )
}

const request = shape({
  url: (value) => isLine(value) && URL.canParse(value as string),
  method: isLine,
  headers: listOf(isPair),
  body: orNull((value) => typeof value === 'string' || isBytes(value)),
  timeout: orNull(isNumber),
  cachePolicy: oneOf('default', 'no-store', 'reload', 'no-cache'),
  credentials: oneOf(null, 'omit', 'same-origin', 'include'),
})

const response = shape({ url: isLine, status: isCount, statusText: isLine, headers: listOf(isPair), filename: isLine })

const partial = {
  request,
  withheld: listOf(isLine),
  entity: orNull(
    shape({
      etag: orNull(isLine),
      lastModified: orNull(isLine),
      total: orNull(isCount),
      encoded: isFlag,
      filtered: isFlag,
      acceptsRanges: isFlag,
      response,
    }),
  ),
  ranges: areRanges,
  digest: orNull(shape({ at: isCount, state: isBytes })),
  // Any name: a kind that a later build knows is one that is not to be had here.
  store: orNull(isLine),
  integrity: orNull(shape({ algorithm: oneOf('sha256', 'sha384', 'sha512'), digests: listOf(isLine) })),
  maximumSize: orNull(isCount),
}

const finished = shape({
  type: oneOf('finished'),
  size: isCount,
  name: isLine,
  mime: isLine,
  digest: orNull(isLine),
  path: orNull(isLine),
})

const error = shape({
  code: isLine,
  message: isLine,
  url: orNull(isLine),
  phase: orNull(isLine),
  retryable: isFlag,
  attempts: isCount,
  bytesTransferred: isCount,
  opaque: isFlag,
  candidates: listOf(isLine),
  status: orNull(isCount),
  cause: orNull(isLine),
  resumeData: anything,
})

const failed = shape({ type: oneOf('failed'), error })
const uploaded = shape({ type: oneOf('uploaded'), response, data: isBytes })

const common = {
  uid: isUid,
  identifier: isCount,
  owner: isLine,
  key: orNull(isLine),
  metadata: anything,
  description: isLine,
  priority: isNumber,
  beginAt: orNull(isNumber),
  createdAt: isNumber,
  deadline: orNull(isNumber),
  running: isFlag,
  fruitless: isCount,
  outcome: orNull((value) => finished(value) || failed(value) || uploaded(value)),
  request,
  withheld: listOf(isLine),
}

// Our own predicates as leaves, and of zod only its core: its other types and methods would double what a worker loads of it.
const record = (fields: { readonly [name: string]: Check }): z.core.$ZodType =>
  new z.core.$ZodAny({
    type: 'any',
    checks: [
      z.check((payload) => {
        const fault = faultIn(fields, payload.value)
        if (fault !== null) payload.issues.push({ code: 'custom', path: [fault], input: payload.value })
      }),
    ],
  })

/** Version 1 of each kind; every one has `v` and `kind` besides. */
const V1: { readonly [Kind in StoredRecord['kind']]: z.core.$ZodType } = {
  download: record({
    ...common,
    connections: (value) => value === 'auto' || isCount(value),
    destination: anything,
    ...partial,
  }),
  upload: record({ ...common, upload: shape({}) }),
  parked: record({ uid: isUid, parkedAt: isNumber, ...partial }),
  kept: record({
    uid: isUid,
    key: isLine,
    name: isLine,
    size: isCount,
    mime: isLine,
    digest: orNull(isLine),
    keptAt: isNumber,
  }),
  claim: record({ uid: isUid, owner: isLine }),
  session: record({ nextIdentifier: isCount }),
  used: record({ uid: isUid }),
}

export const RECORD_VERSION = 1

export type Reading<Kind extends StoredRecord['kind']> =
  | { is: 'current'; record: Extract<StoredRecord, { kind: Kind }> }
  | { is: 'newer'; version: number }
  | { is: 'unreadable'; reason: string }

/** Judges what a store gave back. Nothing is thrown and nothing is deleted here. */
export function readRecord<Kind extends StoredRecord['kind']>(kind: Kind, value: unknown): Reading<Kind> {
  const version = fieldOf(value, 'v')
  if (typeof version === 'number' && version > RECORD_VERSION) return { is: 'newer', version }
  if (version !== 1 || fieldOf(value, 'kind') !== kind) return { is: 'unreadable', reason: `it is no ${kind} record` }
  // A field that came later, and that older records do without.
  const parsed = z.core.safeParse(V1[kind], { store: null, ...(value as object) })
  if (parsed.success) return { is: 'current', record: value as Extract<StoredRecord, { kind: Kind }> }
  return { is: 'unreadable', reason: `its field "${String(parsed.error.issues[0]?.path[0])}" cannot be read` }
}
