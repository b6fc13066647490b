/**
 * Owns: a good server without a network: a standing answer that serves generated content with ranges and validators.
 * Why: so that the engine can be run through thousands of deaths and scripts a second, on the same bytes the origin serves.
 */
import { contentAt } from '../origin/content.ts'
import { ifRangeHolds, readRange } from '../origin/ranges.ts'
import type { ScriptedAnswer, StandingAnswer } from './scripted-transport.ts'

/** What is served, and how. */
export interface ServedContent {
  /** Bytes. */
  size: number
  /** Default 1. */
  seed?: number
  /** Default `"v1"`; null: none. */
  etag?: string | null
  /** Default a date in 2026; null: none. */
  lastModified?: string | null
  /** Default true. */
  ranges?: boolean
  /** Bytes in one read. Default 64 KiB. */
  piece?: number
  /** Breaks the body after so many bytes of each answer. Default: never. */
  failAfter?: number
  headers?: Record<string, string>
}

/** Serves `content`, which may be changed between requests. */
export function serveContent(content: ServedContent): StandingAnswer {
  return (request): ScriptedAnswer => {
    const {
      size,
      seed = 1,
      etag = '"v1"',
      lastModified = 'Thu, 01 Jan 2026 00:00:00 GMT',
      ranges = true,
      piece = 65_536,
    } = content
    const headers: Record<string, string> = {
      ...(etag === null ? {} : { etag }),
      ...(lastModified === null ? {} : { 'last-modified': lastModified }),
    }
    if (ranges) headers['accept-ranges'] = 'bytes'
    const part = ranges ? readRange(request.headers.get('range') ?? undefined, size) : null
    const fresh = ifRangeHolds(request.headers.get('if-range') ?? undefined, { etag, lastModified })
    if (part === 'unsatisfiable' && fresh)
      return { status: 416, headers: { ...headers, 'content-range': `bytes */${size}`, 'content-length': '0' } }
    const { start, end } = part === null || part === 'unsatisfiable' || !fresh ? { start: 0, end: size } : part
    const partial = part !== null && fresh
    if (partial) headers['content-range'] = `bytes ${start}-${end - 1}/${size}`
    headers['content-length'] = String(end - start)
    return {
      status: partial ? 206 : 200,
      headers: { ...headers, ...content.headers },
      content: {
        size: request.method === 'HEAD' ? 0 : end - start,
        piece,
        read: (offset, length) => contentAt(seed, start + offset, length),
        ...(content.failAfter === undefined ? {} : { failAfter: content.failAfter }),
      },
    }
  }
}
