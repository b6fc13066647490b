/**
 * What `cancelProducingResumeData()` and `error.resumeData` hand out: enough to ask for the rest,
 * and the name under which the engine parked the bytes. No path, no credentials.
 */
import { isCount, isLine, isPair, isText, isUid, listOf, oneOf, orNull, type Check } from './checks.ts'
import { URLError } from './url-error.ts'

export const RESUME_DATA_KIND = 'urlsession.download-resume-data'

/**
 * Opaque to its holder: store it, clone it, hand it to `downloadTask` or `uploadTask`, whichever gave it, once.
 * Plain data, so `structuredClone`, `postMessage`, IndexedDB and JSON all keep it.
 */
export type ResumeData = DownloadResumeData | UploadResumeData

/** What a download can be gone on with. */
export interface DownloadResumeData {
  readonly kind: typeof RESUME_DATA_KIND
  readonly v: 1
  /** Names the parked bytes; used up by the first task that is made from it. */
  readonly token: string
  readonly url: string
  readonly method: string
  /** Headers of the original request, credentials left out. */
  readonly headers: readonly (readonly [string, string])[]
  /** Bytes that were safely stored. */
  readonly received: number
  /** Length of the whole, or null where the server did not say. */
  readonly total: number | null
  readonly etag: string | null
  readonly lastModified: string | null
}

export const UPLOAD_RESUME_DATA_KIND = 'urlsession.upload-resume-data'

/**
 * Where an upload is on its server, and what tells its file from another: hand it to `uploadTask` with the same file. It holds no
 * credentials, but the address that the server gave the upload, which some servers take for one.
 */
export interface UploadResumeData {
  readonly kind: typeof UPLOAD_RESUME_DATA_KIND
  readonly v: 1
  /** Names the upload: two tasks cannot go on with it at once. */
  readonly token: string
  readonly url: string
  readonly method: string
  /** Headers of the original request, credentials left out. */
  readonly headers: readonly (readonly [string, string])[]
  /** Bytes that the server had. */
  readonly received: number
  readonly total: number
  readonly protocol: string
  /** For the engine alone. */
  readonly upload: object
}

const UPLOAD_CHECKS: { readonly [field in keyof UploadResumeData]: Check } = {
  kind: oneOf(UPLOAD_RESUME_DATA_KIND),
  v: oneOf(1),
  token: isUid,
  url: (value) => isText(value, 1, 65_536),
  method: isLine,
  headers: listOf(isPair),
  received: isCount,
  total: isCount,
  protocol: isLine,
  upload: (value) => typeof value === 'object' && value !== null,
}

const CHECKS: { readonly [field in keyof DownloadResumeData]: Check } = {
  kind: oneOf(RESUME_DATA_KIND),
  v: oneOf(1),
  token: isUid,
  url: (value) => isText(value, 1, 65_536),
  method: oneOf('GET'),
  headers: listOf(isPair),
  received: isCount,
  total: orNull(isCount),
  etag: orNull(isLine),
  lastModified: orNull(isLine),
}

/** True when the value claims to be resume data, in any version; `parseResumeData` then judges it. */
export const claimsToBeResumeData = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'kind' in value && !('url' in value && value instanceof URL)

/**
 * Checks resume data that came from anywhere.
 * @throws {URLError} `badResumeData`, saying what is wrong; no request is made for it.
 */
export const parseResumeData = (value: unknown): DownloadResumeData =>
  parse(value, RESUME_DATA_KIND, CHECKS) as DownloadResumeData

/** The same of an upload's. @throws {URLError} `badResumeData`. */
export const parseUploadResumeData = (value: unknown): UploadResumeData =>
  parse(value, UPLOAD_RESUME_DATA_KIND, UPLOAD_CHECKS) as UploadResumeData

function parse(value: unknown, kind: string, checks: { readonly [field: string]: Check }): object {
  const claimed = value as { kind?: unknown; v?: unknown }
  const refuse = (why: string): never => {
    throw new URLError('badResumeData', { phase: 'setup', why })
  }
  if (claimed.kind !== kind) refuse('it is not what cancelProducingResumeData() gave')
  if (typeof claimed.v === 'number' && claimed.v > 1)
    refuse(`it was made by a newer version (${claimed.v}; this one reads 1)`)
  for (const field of new Set([...Object.keys(checks), ...Object.keys(claimed)])) {
    const check = Object.hasOwn(checks, field) ? checks[field] : null
    if (!check?.(Reflect.get(claimed, field))) refuse(`its field ${JSON.stringify(field)} is damaged`)
  }
  return { ...claimed }
}
