/**
 * Every shape that is ever stored, in every version that ever was. Reading one gives its current form,
 * or says that it is of a newer version, or that it cannot be read. A new version adds a member to the
 * union, a migration beside it, and a fixture of the old one to the tests.
 */
import * as z from 'zod/mini'
import type { DownloadDestination } from '../model/download-options.ts'
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
  integrity: string | null
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
  integrity: string | null
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
  /** Tokens of resume data that was used, newest last. */
  consumed: string[]
}

export type StoredRecord = TransferRecord | ParkedRecord | KeptRecord | ClaimRecord | SessionRecord

const whole = z.int().check(z.nonnegative())
const uid = z.string().check(z.regex(/^[0-9a-z-]{8,64}$/))
const pairs = z.array(z.tuple([z.string(), z.string()]))
const bytes = z.instanceof(Uint8Array)

const request = z.object({
  url: z.string(),
  method: z.string(),
  headers: pairs,
  body: z.nullable(z.union([z.string(), bytes])),
  timeout: z.nullable(z.number()),
  cachePolicy: z.enum(['default', 'no-store', 'reload', 'no-cache']),
  credentials: z.nullable(z.enum(['omit', 'same-origin', 'include'])),
})

const response = z.object({ url: z.string(), status: z.int(), statusText: z.string(), headers: pairs })

const ranges = z.array(z.tuple([whole, whole])).check(
  z.refine((list) => list.every(([from, to], index) => to > from && from > (list[index - 1]?.[1] ?? -1)), 'ranges out of order'),
)

const partial = {
  request,
  withheld: z.array(z.string()),
  entity: z.nullable(
    z.object({
      etag: z.nullable(z.string()),
      lastModified: z.nullable(z.string()),
      total: z.nullable(whole),
      encoded: z.boolean(),
      filtered: z.boolean(),
      acceptsRanges: z.boolean(),
      response,
    }),
  ),
  ranges,
  digest: z.nullable(z.object({ at: whole, state: bytes })),
}

const error = z.object({
  code: z.string(),
  message: z.string(),
  url: z.nullable(z.string()),
  phase: z.nullable(z.string()),
  retryable: z.boolean(),
  attempts: z.number(),
  bytesTransferred: z.number(),
  opaque: z.boolean(),
  candidates: z.array(z.string()),
  status: z.nullable(z.number()),
  cause: z.nullable(z.string()),
  resumeData: z.unknown(),
})

const outcome = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('finished'),
    size: whole,
    name: z.string(),
    mime: z.string(),
    digest: z.nullable(z.string()),
    path: z.nullable(z.string()),
  }),
  z.object({ type: z.literal('failed'), error }),
])

const v1 = z.discriminatedUnion('kind', [
  z.object({
    v: z.literal(1),
    kind: z.literal('download'),
    uid,
    identifier: z.int().check(z.positive()),
    owner: z.string(),
    key: z.nullable(z.string()),
    metadata: z.unknown(),
    description: z.string(),
    priority: z.number(),
    beginAt: z.nullable(z.number()),
    createdAt: z.number(),
    deadline: z.nullable(z.number()),
    running: z.boolean(),
    fruitless: whole,
    integrity: z.nullable(z.string()),
    connections: z.union([z.literal('auto'), whole]),
    maximumSize: z.nullable(whole),
    destination: z.unknown(),
    outcome: z.nullable(outcome),
    ...partial,
  }),
  z.object({
    v: z.literal(1),
    kind: z.literal('parked'),
    uid,
    integrity: z.nullable(z.string()),
    maximumSize: z.nullable(whole),
    parkedAt: z.number(),
    ...partial,
  }),
  z.object({
    v: z.literal(1),
    kind: z.literal('kept'),
    uid,
    key: z.string(),
    name: z.string(),
    size: whole,
    mime: z.string(),
    digest: z.nullable(z.string()),
    keptAt: z.number(),
  }),
  z.object({ v: z.literal(1), kind: z.literal('claim'), uid, owner: z.string() }),
  z.object({ v: z.literal(1), kind: z.literal('session'), nextIdentifier: whole, consumed: z.array(z.string()) }),
])

export const RECORD_VERSION = 1

export type Reading<Kind extends StoredRecord['kind']> =
  | { is: 'current'; record: Extract<StoredRecord, { kind: Kind }> }
  | { is: 'newer'; version: number }
  | { is: 'unreadable'; reason: string }

/** Judges what a store gave back. Nothing is thrown and nothing is deleted here. */
export function readRecord<Kind extends StoredRecord['kind']>(kind: Kind, value: unknown): Reading<Kind> {
  const version: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'v') : undefined
  if (typeof version === 'number' && version > RECORD_VERSION) return { is: 'newer', version }
  const parsed = v1.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return { is: 'unreadable', reason: `its field "${issue?.path.join('.') ?? ''}" cannot be read` }
  }
  if (parsed.data.kind !== kind) return { is: 'unreadable', reason: `it is a ${parsed.data.kind} record` }
  return { is: 'current', record: parsed.data as Extract<StoredRecord, { kind: Kind }> }
}
