/** A request as plain data: what a caller gives, copied when the task is made, cloneable and storable. */
import { isMilliseconds, isToken } from './checks.ts'
import type { URLCredential } from './credential.ts'
import { MILLISECONDS } from './options.ts'
import { ownBody } from './own-body.ts'
import { withoutUserInfo } from './safe-url.ts'
import { HTTP_SCHEMES, unsupportedScheme, type AcceptedSchemes } from './schemes.ts'
import { URLError } from './url-error.ts'
import { basicOf, credentialOf } from './user-info.ts'

/** Plain data for one request; everything but `url` has a default. */
export interface URLRequest {
  readonly url: string
  /** Default `'GET'`. GET, HEAD, POST, PUT and DELETE are upper-cased, others stay as typed. */
  readonly method?: string
  readonly headers?: HeadersInit
  /**
   * Not with GET or HEAD. A buffer or a form is copied. A stream is sent once: it cannot be tried again, and browsers send it over
   * HTTP/2 at best (Chromium) or not at all; `capabilities.requestStreams` tells. Downloads take a text or bytes.
   */
  readonly body?: BodyInit | null
  /** Idle timeout in milliseconds, instead of the session's `timeout.request`. */
  readonly timeout?: number
  /**
   * What of the session's `cache` may be used, or without one of the platform's; as for fetch. Default: the session's `cachePolicy`.
   * `'force-cache'` takes what is there however old it is; `'only-if-cached'` fails with `resourceUnavailable` where nothing is in the session's own. Transfers have neither
   * of these two. Requests for ranges use no cache.
   */
  readonly cachePolicy?: CachePolicy
  /** Instead of the session's `credentials`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include'
}

export type CachePolicy = 'default' | 'no-store' | 'reload' | 'no-cache' | 'force-cache' | 'only-if-cached'
export type RequestLike = string | URL | Request | URLRequest

/** A checked request: absolute URL without user and password, headers in lower case. */
export interface NormalRequest {
  readonly url: string
  readonly method: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | Uint8Array<ArrayBuffer> | null
  readonly timeout: number | null
  readonly cachePolicy: CachePolicy
  readonly credentials: 'omit' | 'same-origin' | 'include' | null
}

/** The same with any body that `fetch` takes: it stays where it was made, and cannot be stored. */
export interface DataRequest extends Omit<NormalRequest, 'body'> {
  /** A Request stands for its own body, read when it is sent. */
  readonly body: BodyInit | Request | null
  /** Instead of what the session does about redirects. */
  readonly redirect?: 'error' | 'manual'
  /** What `session.fetch` was given for the platform's own fetch. */
  readonly init?: RequestInit
  /** Its body may be silent for as long as it likes. */
  readonly patient?: true
  /** From the URL's user info: offered to a server that asks, never sent unasked, never stored. */
  readonly proposed?: URLCredential
}

const FORBIDDEN_METHODS = new Set(['CONNECT', 'TRACE', 'TRACK'])
const UPPER_CASED = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT'])
const TRANSFER_POLICIES = new Set<string>(['default', 'no-store', 'reload', 'no-cache'])
export const CACHE_POLICIES: ReadonlySet<string> = new Set([...TRANSFER_POLICIES, 'force-cache', 'only-if-cached'])
const CREDENTIALS = new Set<string>(['omit', 'same-origin', 'include'])

/**
 * Copies and checks a request.
 * @param baseOf What relative URLs are resolved against: the page's address, or null in Node. Asked for those alone.
 * @param schemes What may be asked for: those the platform loads, or any where custom protocols are to judge later.
 * @param cachePolicy Where the request names none.
 * @throws {URLError} `badURL`, `unsupportedURL`, `dataLengthExceedsMaximum` (a body with GET or HEAD).
 * @throws {TypeError} for fields of the wrong type, and for header names or values HTTP does not allow.
 */
export function normalizeRequest(
  input: RequestLike,
  baseOf: () => string | null,
  schemes: AcceptedSchemes = HTTP_SCHEMES,
  cachePolicy: CachePolicy = 'default',
): DataRequest {
  const given = fieldsOf(input)
  const url = parseURL(given.url, baseOf, schemes)
  const method = normalMethod(given.method ?? 'GET')
  const body = bodyOf(given.body ?? null)
  if (body !== null && (method === 'GET' || method === 'HEAD'))
    throw new URLError('dataLengthExceedsMaximum', {
      url: url.href,
      phase: 'setup',
      why: `${method} cannot carry a body`,
      hint: 'use POST, or leave the body out',
    })
  if (given.timeout !== undefined && !isMilliseconds(given.timeout))
    throw new TypeError(`request: "timeout" was ${String(given.timeout)}; allowed is ${MILLISECONDS}`)
  const proposed = isHTTP(url) ? credentialOf(url) : null
  return {
    ...(proposed && { proposed }),
    url: withoutUserInfo(url).href,
    method,
    headers: normalHeaders(given.headers, url),
    body,
    timeout: given.timeout ?? null,
    cachePolicy: oneOf('cachePolicy', CACHE_POLICIES, given.cachePolicy ?? cachePolicy) as CachePolicy,
    credentials:
      given.credentials === undefined
        ? null
        : (oneOf('credentials', CREDENTIALS, given.credentials) as NormalRequest['credentials']),
  }
}

/** A request that can be stored and sent again: a transfer's. @throws {TypeError} for a body that is more than text or bytes. */
export function storableRequest(request: DataRequest): NormalRequest {
  const { body } = request
  if (body !== null && typeof body !== 'string' && !(body instanceof Uint8Array))
    throw new TypeError(
      'request: "body" was of a kind that cannot be stored; allowed for a download is a string or a buffer',
    )
  const { proposed: _proposed, init: _init, redirect: _redirect, ...rest } = request
  oneOf('cachePolicy', TRANSFER_POLICIES, rest.cachePolicy)
  return { ...rest, body: body as NormalRequest['body'] }
}

/** The body as our own; null for one that holds nothing. */
function bodyOf(body: BodyInit | Request | null): DataRequest['body'] {
  if (body === null || body instanceof Request) return body
  const own = ownBody(body)
  if (own === null)
    throw new TypeError(
      'request: "body" was something else; allowed is a string, a buffer, a Blob, FormData, URLSearchParams or a ReadableStream',
    )
  return own === '' || (own instanceof Uint8Array && own.length === 0) ? null : own
}

/** The request as the public `originalRequest` shows it. */
export const publicRequest = (request: DataRequest): URLRequest =>
  Object.freeze({
    url: request.url,
    method: request.method,
    headers: request.headers.map(([name, value]): [string, string] => [name, value]),
    ...(request.timeout === null ? {} : { timeout: request.timeout }),
    cachePolicy: request.cachePolicy,
  })

function fieldsOf(input: RequestLike): URLRequest {
  if (typeof input === 'string') return { url: input }
  if (input instanceof URL) return { url: input.href }
  if (typeof Request !== 'undefined' && input instanceof Request) {
    if (input.bodyUsed) throw new TypeError('request: the body of this Request was read before')
    return {
      url: input.url,
      method: input.method,
      headers: [...input.headers],
      // Not its stream: that would hide the length, and browsers send streams over HTTP/2 at best.
      body:
        input.body === null || input.method === 'GET' || input.method === 'HEAD'
          ? null
          : (input as unknown as BodyInit),
      // 'same-origin' is what a Request says when nobody chose, so it does not override the session.
      ...(input.credentials === 'same-origin' ? {} : { credentials: input.credentials }),
    }
  }
  if (typeof input === 'object' && input !== null && 'url' in input)
    return { ...(input as URLRequest), url: String((input as { url: unknown }).url) }
  throw new URLError('unsupportedURL', {
    phase: 'setup',
    why: `the request was ${input === null ? 'null' : typeof input}; allowed is a URL, a Request or { url, … }`,
  })
}

function parseURL(text: string, baseOf: () => string | null, schemes: AcceptedSchemes): URL {
  const url = URL.parse(text, /^[a-z]+:\/\//i.test(text) ? undefined : (baseOf() ?? undefined))
  if (!url) throw new URLError('badURL', { url: text, phase: 'setup', hint: 'give an absolute https URL' })
  if (schemes !== 'any' && !schemes.includes(url.protocol.slice(0, -1))) throw unsupportedScheme(url.href)
  return url
}

const isHTTP = ({ protocol }: URL): boolean => HTTP_SCHEMES.includes(protocol.slice(0, -1))

function normalMethod(method: unknown): string {
  const upper = typeof method === 'string' ? method.toUpperCase() : ''
  if (!isToken(method) || FORBIDDEN_METHODS.has(upper))
    throw new TypeError(
      `request: "method" was ${(JSON.stringify(method) ?? typeof method).slice(0, 60)}; allowed is an HTTP method other than CONNECT, TRACE and TRACK`,
    )
  return UPPER_CASED.has(upper) ? upper : method
}

function normalHeaders(given: HeadersInit | undefined, url: URL): [string, string][] {
  try {
    if (given === undefined && isHTTP(url)) return []
    const headers = new Headers(given)
    // Only http asks for credentials; elsewhere (ftp:) those in the URL are of use at once or not at all.
    const authorization = isHTTP(url) ? null : basicOf(url)
    if (authorization !== null && !headers.has('authorization')) headers.set('authorization', authorization)
    return [...headers]
  } catch (cause) {
    throw new TypeError(
      'request: "headers" has a name or value that HTTP does not allow, or a character above U+00FF',
      { cause },
    )
  }
}

function oneOf(name: string, allowed: ReadonlySet<string>, value: string): string {
  if (allowed.has(value)) return value
  throw new TypeError(`request: "${name}" was ${JSON.stringify(value)}; allowed is ${[...allowed].join(', ')}`)
}
