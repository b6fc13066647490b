/** The Content-Range header (RFC 9110 §14.4), and nothing but what that grammar allows. */
export interface ContentRange {
  /** First and last byte, both included; null in the unsatisfied form `bytes * /N`. */
  readonly first: number | null
  readonly last: number | null
  /** Length of the whole, or null for `*`. */
  readonly total: number | null
}

export function parseContentRange(text: string | null): ContentRange | null {
  const match = /^bytes[ \t]+(?:(\d{1,16})-(\d{1,16})|\*)\/(\d{1,16}|\*)$/i.exec(text?.trim() ?? '')
  if (!match) return null
  const number = (digits: string | undefined): number | null =>
    digits === undefined || digits === '*' ? null : Number(digits)
  const range: ContentRange = { first: number(match[1]), last: number(match[2]), total: number(match[3]) }
  if (range.first === null) return range.total === null ? null : range
  if (range.last === null || range.last < range.first) return null
  if (range.total !== null && range.last >= range.total) return null
  return Number.isSafeInteger(range.last) ? range : null
}
