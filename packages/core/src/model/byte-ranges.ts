/** Sets of bytes as sorted, disjoint, half-open ranges `[from, to)`: what is durably on disk. */
export type ByteRange = readonly [from: number, to: number]
export type ByteRanges = readonly ByteRange[]

/** The union of `ranges` and one more. */
export function addRange(ranges: ByteRanges, [from, to]: ByteRange): ByteRanges {
  if (to <= from) return ranges
  const before = ranges.filter((range) => range[1] < from)
  const after = ranges.filter((range) => range[0] > to)
  const touching = ranges.filter((range) => range[1] >= from && range[0] <= to)
  const merged: ByteRange = [
    Math.min(from, ...touching.map((range) => range[0])),
    Math.max(to, ...touching.map((range) => range[1])),
  ]
  return [...before, merged, ...after]
}

/** The part of `ranges` below `end`. */
export const clipRanges = (ranges: ByteRanges, end: number): ByteRanges =>
  ranges.filter(([from]) => from < end).map(([from, to]) => [from, Math.min(to, end)])

/** What is missing before `end`; with an unknown end, everything behind the last byte is missing. */
export function missingRanges(ranges: ByteRanges, end: number | null): ByteRanges {
  const gaps: ByteRange[] = []
  let at = 0
  for (const [from, to] of ranges) {
    if (from > at) gaps.push([at, from])
    at = Math.max(at, to)
  }
  const limit = end ?? Number.POSITIVE_INFINITY
  if (at < limit) gaps.push([at, limit])
  return gaps
}

export const countBytes = (ranges: ByteRanges): number => ranges.reduce((sum, [from, to]) => sum + to - from, 0)

/** How many bytes are there from 0 without a gap. */
export const prefixLength = (ranges: ByteRanges): number => (ranges[0]?.[0] === 0 ? ranges[0][1] : 0)
