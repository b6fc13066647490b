/**
 * What `cancelProducingResumeData()` and `error.resumeData` hand out: enough to ask for the rest,
 * and the name under which the engine parked the bytes. No path, no credentials.
 */
import { isCount, isLine, isPair, isText, isUid, listOf, oneOf, orNull, type Check } from './checks.ts'
import { URLError } from './url-error.ts'

export const RESUME_DATA_KIND = 'urlsession.download-resume-data'

/**
 * Opaque to its holder: store it, clone it, hand it to `downloadTask` once.
 * Plain data, so `structuredClone`, `postMessage`, IndexedDB and JSON all keep it.
 */
export interface ResumeData {
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

const CHECKS: { readonly [field in keyof ResumeData]: Check } = {
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
export function parseResumeData(value: unknown): ResumeData {
  const claimed = value as { kind?: unknown; v?: unknown }
  if (claimed.kind !== RESUME_DATA_KIND)
    throw new URLError('badResumeData', { phase: 'setup', why: 'it is not what cancelProducingResumeData() gave' })
  if (typeof claimed.v === 'number' && claimed.v > 1)
    throw new URLError('badResumeData', {
      phase: 'setup',
      why: `it was made by a newer version (${claimed.v}; this one reads 1)`,
    })
  const fields = new Set([...Object.keys(CHECKS), ...Object.keys(claimed)])
  for (const field of fields) {
    const check = Object.hasOwn(CHECKS, field) ? CHECKS[field as keyof ResumeData] : null
    if (!check?.(Reflect.get(claimed, field)))
      throw new URLError('badResumeData', { phase: 'setup', why: `its field ${JSON.stringify(field)} is damaged` })
  }
  return { ...claimed } as unknown as ResumeData
}
