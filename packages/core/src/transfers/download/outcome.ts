/** How a download ends: its bytes sealed to a file, put aside for resume data, and told. */
import { countBytes } from '../../model/byte-ranges.ts'
import { withoutCredentials } from '../../model/credential-headers.ts'
import { integrityText, toBase64 } from '../../model/digest-text.ts'
import type { Integrity } from '../../model/integrity.ts'
import type { TaskMetrics } from '../../model/metrics.ts'
import { RESUME_DATA_KIND, type ResumeData } from '../../model/resume-data.ts'
import { fileOf } from '../../model/uid.ts'
import { URLError } from '../../model/url-error.ts'
import type { Platform } from '../../ports/platform.ts'
import type { Ledger } from '../../storage/ledger.ts'
import type { Entity, StoredOutcome, DownloadRecord } from '../../storage/records.ts'
import type { EngineEvent } from '../../wire/events.ts'
import type { PartFile } from './part-file.ts'

/**
 * Cuts the file to its size, makes it durable and compares its digest.
 * @returns The SRI text of the digest, or null when none was asked for.
 * @throws {URLError} `fileIntegrityMismatch`.
 */
export async function sealFile(
  part: PartFile,
  size: number,
  integrity: Integrity | null,
  url: string,
): Promise<string | null> {
  const digest = await part.seal(size)
  if (!digest || !integrity) return null
  const text = integrityText(integrity.algorithm, digest)
  if (integrity.digests.includes(toBase64(digest))) return text
  const why = `expected ${integrity.digests.map((one) => `${integrity.algorithm}-${one}`).join(' or ')}, computed ${text}`
  throw new URLError('fileIntegrityMismatch', { url, phase: 'storage', why, bytesTransferred: size })
}

/** What a whole file is told as: its name, and where it is or is going to be. */
export function finishedOutcome(
  platform: Platform,
  { uid, entity, destination }: DownloadRecord,
  size: number,
  digest: string | null,
): StoredOutcome {
  const { filename, headers } = (entity as Entity).response
  return {
    type: 'finished',
    size,
    name: filename,
    mime: new Headers(headers).get('content-type') ?? '',
    digest,
    path: typeof destination === 'string' ? destination : platform.files.path(fileOf(uid)),
  }
}

/**
 * Whether a life that stored the outcome of a file died before the file was moved to its destination: it is here still,
 * or has not arrived.
 */
export async function isUnmoved(platform: Platform, { uid, destination, outcome }: DownloadRecord): Promise<boolean> {
  if (outcome?.type !== 'finished' || typeof destination !== 'string') return false
  return (
    (await platform.files.size(fileOf(uid))) !== null || (await platform.placed(destination, outcome.size, '')) === null
  )
}

/** Puts the bytes aside under the transfer's own name, for whoever holds what this returns. */
export async function park(
  ledger: Ledger,
  record: DownloadRecord,
  entity: Entity,
  parkedAt: number,
): Promise<ResumeData> {
  const { uid, request, withheld, ranges, digest, store = null, integrity, maximumSize } = record
  await ledger.park({
    v: 1,
    kind: 'parked',
    uid,
    request,
    withheld,
    entity,
    ranges,
    digest,
    store,
    integrity,
    maximumSize,
    parkedAt,
  })
  return {
    kind: RESUME_DATA_KIND,
    v: 1,
    token: uid,
    url: request.url,
    method: 'GET',
    headers: withoutCredentials(request.headers),
    received: countBytes(ranges),
    total: entity.total,
    etag: entity.etag,
    lastModified: entity.lastModified,
  }
}

/** The event that tells a stored outcome. */
export function outcomeEvent({ uid, entity, outcome }: DownloadRecord, metrics: TaskMetrics): EngineEvent | null {
  if (outcome?.type === 'failed') return { type: 'failed', uid, error: outcome.error, metrics }
  if (outcome?.type !== 'finished' || !entity) return null
  const { name, size, mime, digest, path } = outcome
  return {
    type: 'finished',
    uid,
    file: { uid: fileOf(uid), name, size, type: mime, digest, path },
    response: entity.response,
    metrics,
  }
}
