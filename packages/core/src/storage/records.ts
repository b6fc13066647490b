/**
 * Every shape that is ever stored, in every version that ever was. Reading one gives its current form,
 * or says that it is of a newer version, or that it cannot be read. A new version adds a member to the
 * union, a migration beside it, and a fixture of the old one to the tests.
 */
import {
  faultIn,
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
  type Fields,
} from '../model/checks.ts'
import type { FileStoreKind } from '../model/capabilities.ts'
import type { DownloadDestination } from '../model/download-options.ts'
import type { Integrity } from '../model/integrity.ts'
import type { Json } from '../model/json.ts'
import type { NormalRequest } from '../model/request.ts'
import type { ResponseRecord } from '../model/response.ts'
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

export interface TransferRecord extends Partial {
  v: 1
  kind: 'download'
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
  integrity: Integrity | null
  connections: number | 'auto'
  maximumSize: number | null
  destination: DownloadDestination | null
  outcome: StoredOutcome | null
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

/** Version 1 of each kind; every one has `v` and `kind` besides. */
const V1: { readonly [Kind in StoredRecord['kind']]: Fields } = {
  download: {
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
    connections: (value) => value === 'auto' || isCount(value),
    destination: anything,
    outcome: orNull((value) => finished(value) || failed(value)),
    ...partial,
  },
  parked: { uid: isUid, parkedAt: isNumber, ...partial },
  kept: {
    uid: isUid,
    key: isLine,
    name: isLine,
    size: isCount,
    mime: isLine,
    digest: orNull(isLine),
    keptAt: isNumber,
  },
  claim: { uid: isUid, owner: isLine },
  session: { nextIdentifier: isCount },
  used: { uid: isUid },
}

export const RECORD_VERSION = 1

export type Reading<Kind extends StoredRecord['kind']> =
  | { is: 'current'; record: Extract<StoredRecord, { kind: Kind }> }
  | { is: 'newer'; version: number }
  | { is: 'unreadable'; reason: string }

/** Judges what a store gave back. Nothing is thrown and nothing is deleted here. */
export function readRecord<Kind extends StoredRecord['kind']>(kind: Kind, value: unknown): Reading<Kind> {
  const field = (name: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  const version = field('v')
  if (typeof version === 'number' && version > RECORD_VERSION) return { is: 'newer', version }
  if (version !== 1 || field('kind') !== kind) return { is: 'unreadable', reason: `it is no ${kind} record` }
  // A field that came later, and that older records do without.
  const fault = faultIn(V1[kind], { store: null, ...(value as object) })
  if (fault === null) return { is: 'current', record: value as Extract<StoredRecord, { kind: Kind }> }
  return { is: 'unreadable', reason: `its field "${fault}" cannot be read` }
}
