/**
 * What is left of a body that broke off, asked for as a range (RFC 9110 §14). Only where nothing can go wrong: the server named a
 * strong validator for this very content, and what came is not compressed, so that bytes counted here are bytes over there.
 */
import { parseContentLength } from '../model/content-length.ts'
import { parseContentRange } from '../model/content-range.ts'
import { isEncoded } from '../model/response.ts'
import { isStrong } from '../model/strong-etag.ts'
import type { WireResponse } from '../ports/transport.ts'
import type { LoadRequest } from './loader.ts'

export interface Continuable {
  /** A strong one. */
  readonly etag: string
  readonly total: number | null
}

/** Null where the rest of the body, should it break off, could not be told from another's. */
export function continuable({ method, headers: sent }: LoadRequest, answer: WireResponse): Continuable | null {
  const { status, headers, headersFiltered } = answer
  const etag = method === 'GET' && status === 200 ? headers.get('etag') : null
  if (!isStrong(etag)) return null
  const total = parseContentLength(headers.get('content-length'))
  // A compression shifts every offset. Where CORS may hide one, it shows in a length that is not that of the whole.
  if (isEncoded(headers) || (headersFiltered && total === null)) return null
  return sent.some(([name]) => name === 'range') ? null : { etag, total }
}

export const askForRest = ({ etag }: Continuable, at: number): [string, string][] => [
  ['range', `bytes=${at}-`],
  ['if-range', etag],
]

/** Whether an answer is what is left from `at` on, to the end, of the same content. */
export function isRest({ etag, total }: Continuable, at: number, { status, headers }: WireResponse): boolean {
  const range = parseContentRange(headers.get('content-range'))
  if (status !== 206 || range?.first !== at || headers.get('etag') !== etag || isEncoded(headers)) return false
  return range.total !== null && range.last === range.total - 1 && (total === null || total === range.total)
}
