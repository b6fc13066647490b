/**
 * May these bytes be appended to those? Pure rules over the head of an answer, so that a wrong file is
 * impossible by construction: RFC 9110 §13.1.5 (If-Range), §14.4 (Content-Range), §15.5.17 (416), and
 * what servers do that have not read it.
 */
import { parseContentLength } from '../../model/content-length.ts'
import { parseContentRange } from '../../model/content-range.ts'
import { isEncoded } from '../../model/response.ts'
import { isStrong } from '../../model/strong-etag.ts'
import { responseRecord } from '../../loading/response-record.ts'
import { storableHeaders } from '../../model/storable-headers.ts'
import { URLError } from '../../model/url-error.ts'
import { isTransientStatus, retryAfterOf } from '../../loading/retry.ts'
import type { Entity, Partial } from '../../storage/records.ts'

/** The part of an answer that the rules look at. */
export interface Head {
  readonly status: number
  readonly statusText: string
  readonly url: string
  readonly headers: Headers
  readonly headersFiltered: boolean
}

/** What was asked for. */
export interface Ask {
  readonly url: string
  /** First byte of the Range header, or null when the whole was asked for. */
  readonly from: number | null
  /** Last byte of the Range header plus one, or null for "to the end". */
  readonly to: number | null
  /** What is known of the bytes that are there; null when there are none. */
  readonly entity: Entity | null
  /** An If-Range header went along, so the server itself was asked to compare. */
  readonly conditional: boolean
  /** Bytes that are there. */
  readonly stored: number
  /** No further attempt will be made: an error's body is then the answer. */
  readonly last: boolean
  /** The bytes that are there came just now, in answers before this one. */
  readonly rest: boolean
  readonly now: number
}

export type Verdict =
  /** The body continues what is there, at `ask.from`; it ends before `until`, or with the file where that is null. */
  | { readonly do: 'append'; readonly entity: Entity; readonly until: number | null }
  /** The body starts at 0; whatever is there goes. */
  | { readonly do: 'begin'; readonly entity: Entity; readonly until: number | null }
  /** The body is of no use and neither is what is there: ask for the whole. */
  | { readonly do: 'restart'; readonly why: string }
  /** Nothing is missing. */
  | { readonly do: 'complete' }
  | { readonly do: 'retry'; readonly error: URLError; readonly after: number | null }
  | { readonly do: 'fail'; readonly error: URLError }

export function judge(head: Head, ask: Ask): Verdict {
  if (head.status === 206) return ask.from === null ? unasked(ask) : judgePart(head, ask, ask.from)
  if (head.status === 416 && ask.from !== null) return judgeUnsatisfied(head, ask)
  if (isTransientStatus(head.status) && !(ask.last && ask.stored === 0)) {
    const error = statusError(head, ask, { retryable: true })
    return { do: 'retry', error, after: retryAfterOf(head, ask.now) }
  }
  if (head.status >= 300 && ask.stored > 0) {
    // An error page must not replace good bytes: they are kept, and the caller decides.
    const hint = 'the bytes are kept: go on with error.resumeData once the server allows it'
    return { do: 'fail', error: statusError(head, ask, { retryable: false, hint }) }
  }
  return { do: 'begin', entity: entityOf(head), until: null }
}

/** The strongest validator for If-Range: a strong ETag, else Last-Modified; null when there is neither. */
export function validatorFor(entity: Entity): string | null {
  return isStrong(entity.etag) ? entity.etag : entity.lastModified
}

/** Whether bytes of this entity may ever be gone on with. */
export const isResumable = (entity: Entity): boolean =>
  !entity.encoded && entity.acceptsRanges && entity.response.status < 300 && validatorFor(entity) !== null

/** What of a transfer may be gone on with: parts are asked for with GET alone (RFC 9110 §14.2); null when nothing may. */
export const resumable = ({ request, entity }: Partial): Entity | null =>
  request.method === 'GET' && entity && isResumable(entity) ? entity : null

/** Headers a server should expose so that resuming is safe; null when nothing that matters is hidden. */
export function hiddenHeadersAdvice(head: Head): string | null {
  // An error page is never gone on with.
  if (head.status >= 300 || !head.headersFiltered || head.headers.has('etag')) return null
  return (
    `${new URL(head.url).origin} hides headers that resuming needs; it should send ` +
    '"Access-Control-Expose-Headers: ETag, Content-Range, Accept-Ranges, Content-Encoding, Content-Disposition"'
  )
}

function judgePart(head: Head, ask: Ask, from: number): Verdict {
  const known = from === 0 ? null : ask.entity
  const entity = entityOf(head)
  const range = parseContentRange(head.headers.get('content-range'))
  const length = parseContentLength(head.headers.get('content-length'))
  if (entity.encoded) return { do: 'restart', why: 'the part came compressed' }
  if (range === null) {
    if (head.headers.has('content-range') || !head.headersFiltered)
      return { do: 'restart', why: 'the part came without a readable Content-Range' }
    return judgeHiddenPart(ask, from, known, entity, length)
  }
  if (range.first !== from || range.last === null)
    return { do: 'restart', why: `the server sent other bytes than were asked for (from ${range.first}, not ${from})` }
  if (ask.to !== null && range.last >= ask.to)
    return { do: 'restart', why: 'the server sent more bytes than were asked for' }
  const changed = known === null ? null : difference(known, entity, range.total, ask.conditional)
  if (changed) return { do: 'restart', why: changed }
  const total = range.total ?? known?.total ?? null
  return {
    do: from === 0 ? 'begin' : 'append',
    entity: { ...entity, ...merged(known, entity), total, acceptsRanges: true },
    until: range.last + 1,
  }
}

/** A cross-origin part whose Content-Range cannot be seen: only arithmetic can prove it. */
function judgeHiddenPart(ask: Ask, from: number, known: Entity | null, entity: Entity, length: number | null): Verdict {
  if (known === null) {
    if (from !== 0 || length === null) return { do: 'restart', why: 'the Content-Range is hidden' }
    // It may be a part of the file only: the total stays unknown until the server has no more to give.
    return { do: 'begin', entity: { ...entity, total: null, filtered: false, acceptsRanges: true }, until: length }
  }
  const expected = known.total === null ? null : (ask.to ?? known.total) - from
  if (expected === null || length !== expected || difference(known, entity, null, false))
    return { do: 'restart', why: 'the Content-Range is hidden, and nothing proves that the part fits' }
  return {
    do: 'append',
    entity: { ...entity, ...merged(known, entity), total: known.total, acceptsRanges: true },
    until: from + expected,
  }
}

/** 416: there is nothing behind what we have, or there is another file now. */
function judgeUnsatisfied(head: Head, ask: Ask): Verdict {
  const range = parseContentRange(head.headers.get('content-range'))
  const known = ask.entity
  const matches =
    known !== null &&
    range?.total === ask.stored &&
    (known.total === null || known.total === ask.stored) &&
    known.etag !== null &&
    known.etag === head.headers.get('etag')
  // Cross-origin the status may be all that is seen: enough where the bytes came from this very server just now.
  const unseen = ask.rest && known?.total === null && head.headersFiltered && !head.headers.has('content-range')
  if (matches || unseen) return { do: 'complete' }
  return { do: 'restart', why: 'the server has no bytes behind those that are there' }
}

/** A 206 that nobody asked for is used only where it is the whole thing; it never is worth the risk. */
const unasked = (ask: Ask): Verdict => ({
  do: 'retry',
  after: null,
  error: new URLError('badServerResponse', {
    url: ask.url,
    phase: 'response',
    status: 206,
    retryable: true,
    why: 'the server sent a part (206) although the whole was asked for',
  }),
})

/** How the entity differs from the one that is known, in words; null when nothing says that it does. */
function difference(known: Entity, seen: Entity, total: number | null, conditional: boolean): string | null {
  if (known.etag !== null && seen.etag !== null && known.etag !== seen.etag) return 'its ETag changed'
  if (known.lastModified !== null && seen.lastModified !== null && known.lastModified !== seen.lastModified)
    return 'its Last-Modified changed'
  if (known.total !== null && total !== null && known.total !== total) return 'its length changed'
  const tagAgrees = isStrong(known.etag) && seen.etag !== null
  const dateAgrees = known.lastModified !== null && seen.lastModified !== null
  // A server that honours If-Range may leave the validators out of the part; then the length must agree.
  const vouchedFor = conditional && !isStrong(known.etag) && known.total !== null && known.total === total
  return tagAgrees || dateAgrees || vouchedFor ? null : 'the part carries neither ETag nor Last-Modified to compare'
}

/** What stays known when an answer leaves it out. */
const merged = (known: Entity | null, seen: Entity): Pick<Entity, 'etag' | 'lastModified' | 'response'> => ({
  etag: seen.etag ?? known?.etag ?? null,
  lastModified: seen.lastModified ?? known?.lastModified ?? null,
  // The head of the first answer is the one that describes the file; that of a part describes the part.
  response: known?.response ?? seen.response,
})

function entityOf(head: Head): Entity {
  const { headers } = head
  const encoded = isEncoded(headers)
  return {
    etag: headers.get('etag'),
    lastModified: headers.get('last-modified'),
    total: encoded ? null : parseContentLength(headers.get('content-length')),
    encoded,
    filtered: head.headersFiltered && !headers.has('content-encoding'),
    acceptsRanges: headers.get('accept-ranges')?.trim().toLowerCase() !== 'none',
    response: { ...responseRecord(head), headers: storableHeaders(headers) },
  }
}

function statusError(head: Head, ask: Ask, details: { retryable: boolean; hint?: string }): URLError {
  const code = head.status === 401 || head.status === 407 ? 'userAuthenticationRequired' : 'badServerResponse'
  return new URLError(code, {
    url: ask.url,
    phase: 'response',
    status: head.status,
    why: `HTTP ${head.status}${head.statusText ? ` ${head.statusText}` : ''}`,
    ...details,
  })
}
