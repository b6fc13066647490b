/**
 * Owns: reading Range and the conditional headers as a good server does (RFC 9110 §13 and §14).
 * Why: the lies the origin can tell only mean something beside an honest reading.
 */

/** One range, `end` exclusive, or that it cannot be satisfied. */
export type RangeAnswer = { start: number; end: number } | 'unsatisfiable'

/** What one `Range` header asks of a body of `size` bytes; null when it is to be ignored (absent, malformed, several). */
export function readRange(header: string | undefined, size: number): RangeAnswer | null {
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '')
  if (!match) return null
  const [, first = '', last = ''] = match
  if (first === '') {
    if (last === '') return null
    const suffix = Math.min(Number(last), size)
    return suffix === 0 ? 'unsatisfiable' : { start: size - suffix, end: size }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return null
  if (start >= size) return 'unsatisfiable'
  return { start, end: last === '' ? size : Math.min(size, Number(last) + 1) }
}

/** The validators of an entity as they are sent; null where one is not sent. */
export interface Validators {
  etag: string | null
  lastModified: string | null
}

/** Whether If-Range lets the range through: a strong entity tag that is equal, or exactly the date. */
export function ifRangeHolds(header: string | undefined, current: Validators): boolean {
  if (header === undefined) return true
  if (header.startsWith('W/') || current.etag?.startsWith('W/')) return header === current.lastModified
  return header === current.etag || header === current.lastModified
}

/** 304 or 412 where a precondition says so, else null. */
export function precondition(
  headers: Readonly<Record<string, string>>,
  current: Validators,
  method: string,
): 304 | 412 | null {
  const weak = (tag: string): string => tag.replace(/^W\//, '')
  const tags = (text: string): string[] => text.split(',').map((tag) => tag.trim())
  const match = headers['if-match']
  const noneMatch = headers['if-none-match']
  const since = headers['if-modified-since']
  const unmodified = headers['if-unmodified-since']
  const changedAt = current.lastModified === null ? null : Date.parse(current.lastModified)
  if (match !== undefined) {
    const held =
      match === '*' || (current.etag !== null && !current.etag.startsWith('W/') && tags(match).includes(current.etag))
    if (!held) return 412
  } else if (unmodified !== undefined && changedAt !== null && changedAt > Date.parse(unmodified)) {
    return 412
  }
  if (noneMatch !== undefined) {
    const same = noneMatch === '*' || (current.etag !== null && tags(noneMatch).map(weak).includes(weak(current.etag)))
    if (same) return method === 'GET' || method === 'HEAD' ? 304 : 412
  } else if (since !== undefined && changedAt !== null && changedAt <= Date.parse(since)) {
    return method === 'GET' || method === 'HEAD' ? 304 : null
  }
  return null
}
