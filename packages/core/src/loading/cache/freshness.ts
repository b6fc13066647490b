/** The rules of HTTP caching for a private cache (RFC 9111, RFC 5861): what may be kept, and for how long it is as good as new. Pure. */
import { isCredentialHeader } from '../../model/credential-headers.ts'
import type { StoredHead } from '../../model/url-cache.ts'
import type { WireRequest, WireResponse } from '../../ports/transport.ts'

/** RFC 9110 §15.1, but for 206, which is not kept. */
const BY_DEFAULT = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501])
/** Kept where the server says for how long. */
const WHEN_TOLD = new Set([302, 307])
/** Of the body that is kept, which the answer 304 knows nothing of (RFC 9111 §3.2). */
const OF_THE_BODY = new Set(['content-encoding', 'content-length', 'content-range', 'content-type', 'set-cookie'])
/** Of one connection (RFC 9110 §7.6.1), or a secret: never kept. */
const NOT_KEPT =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|set-cookie2?|authentication-info)$/

type Directives = ReadonlyMap<string, string>

const DIRECTIVE = /([^\s,=;"]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g

/** Of Cache-Control, names in lower case; of one that is there twice, the first counts (RFC 9111 §4.2.1). */
export function directivesOf(headers: Headers): Directives {
  const found = new Map<string, string>()
  for (const [, name = '', quoted, plain = ''] of (headers.get('cache-control') ?? '').matchAll(DIRECTIVE))
    if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), quoted ?? plain)
  if (!headers.has('cache-control') && /\bno-cache\b/i.test(headers.get('pragma') ?? '')) found.set('no-cache', '')
  return found
}

/** In seconds; null where it is not there. What is no number counts as none left. */
function seconds(directives: Directives, name: string): number | null {
  const text = directives.get(name)
  if (text === undefined) return null
  return /^\d+$/.test(text) ? Math.min(Number(text), 2 ** 31) : 0
}

/** Null where the answer must not be kept; else what of the request it depends on. */
export function dependence(
  { method, headers: sent }: WireRequest,
  { status, headers, headersFiltered, redirected }: WireResponse,
): Pick<StoredHead, 'varied' | 'exactly'> | null {
  const told = directivesOf(headers)
  // What a browser was redirected to is the answer to another URL, and for how long the redirect holds is not shown.
  if (method !== 'GET' || redirected || told.has('no-store') || directivesOf(sent).has('no-store')) return null
  const isTold = told.has('max-age') || told.has('public') || headers.has('expires')
  if (!BY_DEFAULT.has(status) && !(WHEN_TOLD.has(status) && isTold)) return null
  // RFC 9111 §3.5: one cache may serve several users of an app.
  const forAll = told.has('public') || told.has('must-revalidate') || told.has('s-maxage')
  if (sent.has('authorization') && !forAll) return null
  const vary = headers.get('vary')
  // A page of another origin is not shown what it depends on, so that it may be anything.
  const exactly = headersFiltered && vary === null
  const names = exactly ? [...sent.keys()] : (vary?.toLowerCase().split(/[\s,]+/) ?? []).filter((name) => name !== '')
  // Credentials are in no record; and cookies, which are added later than here, cannot be told apart.
  if (names.some((name) => name === '*' || isCredentialHeader(name))) return null
  return { varied: names.map((name) => [name, sent.get(name)]), exactly }
}

/** Whether it is an answer to a request with these headers (RFC 9111 §4.1). */
export const matches = ({ varied, exactly }: StoredHead, sent: Headers): boolean =>
  varied.every(([name, value]) => sent.get(name) === value) && (!exactly || [...sent.keys()].length === varied.length)

/** RFC 9111 §4.2.3, in seconds. */
export function ageOf({ requested, received, response }: StoredHead, now: number): number {
  const headers = new Headers(response.headers)
  const said = Number(/^\d+$/.exec(headers.get('age') ?? '')?.[0] ?? 0)
  const apparent = Math.max(0, (received - dateOf(headers, received)) / 1000)
  return Math.max(apparent, said + (received - requested) / 1000) + Math.max(0, (now - received) / 1000)
}

/** How long it is fresh, in seconds (RFC 9111 §4.2.1 and §4.2.2). */
function lifetimeOf({ received, response }: StoredHead): number {
  const headers = new Headers(response.headers)
  const maximum = seconds(directivesOf(headers), 'max-age')
  if (maximum !== null) return maximum
  const date = dateOf(headers, received)
  const expires = headers.get('expires')
  if (expires !== null) return Math.max(0, (Date.parse(expires) - date) / 1000 || 0)
  // A tenth of its age when it came, which is what everybody does.
  const changed = Date.parse(headers.get('last-modified') ?? '')
  return BY_DEFAULT.has(response.status) ? Math.max(0, (date - changed) / 10_000 || 0) : 0
}

const dateOf = (headers: Headers, otherwise: number): number => Date.parse(headers.get('date') ?? '') || otherwise

/**
 * `'use'`: as it is. `'renew'`: as it is, and the server is asked meanwhile (RFC 5861 §3). `'ask'`: the server is to be asked first.
 */
export function judged(head: StoredHead, sent: Headers, now: number): 'use' | 'renew' | 'ask' {
  const asked = directivesOf(sent)
  const told = directivesOf(new Headers(head.response.headers))
  if (asked.has('no-cache') || told.has('no-cache')) return 'ask'
  const age = ageOf(head, now)
  const left = lifetimeOf(head) - age
  if (age > (seconds(asked, 'max-age') ?? Number.POSITIVE_INFINITY)) return 'ask'
  if (left < (seconds(asked, 'min-fresh') ?? 0)) {
    if (asked.has('min-fresh') || told.has('must-revalidate')) return 'ask'
    const patience = asked.get('max-stale') === '' ? Number.POSITIVE_INFINITY : (seconds(asked, 'max-stale') ?? 0)
    if (-left <= patience && asked.has('max-stale')) return 'use'
    return -left < (seconds(told, 'stale-while-revalidate') ?? 0) ? 'renew' : 'ask'
  }
  // Of no age left at all: RFC 9111 §4.2 wants it younger than its lifetime.
  return left > 0 ? 'use' : 'ask'
}

/** Whether it is better than a failure (RFC 5861 §4). */
export function outlastsErrors(head: StoredHead, now: number): boolean {
  const told = directivesOf(new Headers(head.response.headers))
  if (told.has('must-revalidate') || told.has('no-cache')) return false
  return ageOf(head, now) - lifetimeOf(head) < (seconds(told, 'stale-if-error') ?? 0)
}

/** Headers that ask whether it still holds (RFC 9111 §4.3.1); none where nothing tells. */
export function validators({ response }: StoredHead): [string, string][] {
  const headers = new Headers(response.headers)
  const etag = headers.get('etag')
  const changed = headers.get('last-modified')
  return [
    ...(etag === null ? [] : [['if-none-match', etag] satisfies [string, string]]),
    ...(changed === null ? [] : [['if-modified-since', changed] satisfies [string, string]]),
  ]
}

/** After a 304: its headers in the place of the old ones (RFC 9111 §3.2). */
export function confirmed(head: StoredHead, by: Headers, requested: number, received: number): StoredHead {
  const headers = new Headers(head.response.headers)
  // Of the answer that is kept: this one's age begins anew.
  headers.delete('age')
  for (const [name, value] of keptHeaders(by)) if (!OF_THE_BODY.has(name)) headers.set(name, value)
  return { ...head, response: { ...head.response, headers: [...headers] }, requested, received }
}

export const keptHeaders = (headers: Headers): [string, string][] =>
  [...headers].filter(([name]) => !NOT_KEPT.test(name))
