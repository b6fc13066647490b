/** The headers of resumable uploads: structured fields (RFC 9651), of which only these few forms are wanted. What is malformed is ignored. */
import type { UploadAnswer } from '../../model/upload-protocol.ts'

/** What structured fields take for an integer. */
const INTEGER = /^-?\d{1,15}$/

/** A value without its parameters. */
const bare = (text: string): string => text.replace(/;.*$/, '').trim()

/** `Upload-Offset`, `Upload-Length`: null where it is absent or no count. */
export function countIn({ headers }: UploadAnswer, name: string): number | null {
  const text = bare(headers.get(name) ?? '')
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** `Upload-Complete`: null where it is absent or no boolean. */
export function isComplete({ headers }: UploadAnswer): boolean | null {
  const text = bare(headers.get('upload-complete') ?? '')
  return text === '?1' ? true : text === '?0' ? false : null
}

export interface UploadLimits {
  readonly 'max-size'?: number
  readonly 'min-size'?: number
  readonly 'max-append-size'?: number
  readonly 'min-append-size'?: number
  /** Seconds. */
  readonly 'max-age'?: number
}

const LIMITS = new Set(['max-size', 'min-size', 'max-append-size', 'min-append-size', 'max-age'])

/** `Upload-Limit`; nothing where a member that is known has a value that is no count, as the draft says (§4.1.4). */
export function limitsIn(headers: Headers): UploadLimits {
  const limits: Record<string, number> = {}
  for (const member of (headers.get('upload-limit') ?? '').slice(0, 1000).split(',')) {
    const [name = '', value = '?1'] = bare(member).split('=')
    if (!LIMITS.has(name)) continue
    if (!INTEGER.test(value) || value.startsWith('-')) return {}
    limits[name] = Number(value)
  }
  return limits
}

/** True where anything in the answer comes of the draft. */
export const speaksOfUploads = ({ headers }: UploadAnswer): boolean =>
  ['upload-offset', 'upload-complete', 'upload-limit', 'upload-draft-interop-version'].some((name) => headers.has(name))
