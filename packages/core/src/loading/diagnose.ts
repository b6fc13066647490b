/**
 * Owns the answer to "why can this not be resumed, or not be loaded at all?": one small request, or two, and what follows from them.
 * A browser tells nobody what it hides, so what must be there and is not seen is told apart from what may be. To be imported when asked.
 */
import type { Diagnosis } from '../model/diagnosis.ts'
import { isEncoded } from '../model/response.ts'
import { safeURL } from '../model/safe-url.ts'
import { URLError, type URLErrorCode } from '../model/url-error.ts'
import type { Transport, WireRequest, WireResponse } from '../ports/transport.ts'
import { adviceOn } from './diagnose-advice.ts'
import { exposeLine, hiddenIn, needsPreflight } from './hidden-headers.ts'
import { nextHop } from './redirects.ts'

export interface DiagnoseParts {
  readonly transport: Transport
  /** The page's origin; null where there is none, as in Node. */
  readonly origin: string | null
  /** Whether anybody answers at all, without reading the answer (a `no-cors` request); null where nothing is ever hidden. */
  readonly reach: ((url: string, signal: AbortSignal) => Promise<boolean>) | null
  /** Asked before each request, and for each place that a redirect leads to: throws a URLError where nothing may be sent. */
  readonly mayAsk?: (url: string) => void | Promise<void>
}

export interface DiagnoseOptions {
  /** Headers the real request will have: are they allowed? They are sent, in a second request where CORS must allow them. Default: none. */
  readonly headers?: HeadersInit
  /** Default `'omit'`. With credentials CORS asks for more. */
  readonly credentials?: WireRequest['credentials']
  readonly signal?: AbortSignal
}

const MAXIMUM_REDIRECTS = 20

/** Failures that take somebody who answers. */
const BY_ANSWER: ReadonlySet<URLErrorCode> = new Set([
  'httpTooManyRedirects',
  'redirectToNonExistentLocation',
  'cannotParseResponse',
  'secureConnectionFailed',
  // Whoever was asked sent us there.
  'appTransportSecurityRequiresSecureConnection',
])

/**
 * Asks `url` for its first byte (`Range: bytes=0-0`, which needs no preflight) past every cache, and says what the answer allows and
 * hides. Loads no body. A server that fails is no error but a diagnosis.
 * @throws {URLError} `badURL`; `unsupportedURL` for what is neither http nor https; what `mayAsk` throws of `given`.
 * @throws the signal's reason when it is aborted.
 */
export async function diagnose(
  given: string | URL,
  parts: DiagnoseParts,
  options: DiagnoseOptions = {},
): Promise<Diagnosis> {
  const url = checked(given)
  const { origin, reach } = parts
  await parts.mayAsk?.(url)
  const { credentials = 'omit', signal = new AbortController().signal } = options
  const headers = [...new Headers(options.headers)]
  const foreign = isForeign(url, origin)
  const asking = foreign ? headers.filter(([name, value]) => needsPreflight(name, value)) : []
  // First without what needs permission: whether that is given is a question of its own.
  const plain = headers.filter((header) => !asking.includes(header))
  const request = { url, credentials, signal }
  const first = await probe(parts, { ...request, headers: plain })
  if (URLError.is(first)) {
    const reachable = BY_ANSWER.has(first.code) || (foreign && reach !== null && (await reach(url, signal)))
    signal.throwIfAborted()
    return unreadable(url, { reachable, foreign, origin, credentials, failure: first.code })
  }
  const second = asking.length === 0 ? null : await probe(parts, { ...request, headers })
  const preflight = second === null ? 'notNeeded' : URLError.is(second) ? 'refused' : 'allowed'
  return readable(url, first, { origin, credentials, preflight, asking: asking.map(([name]) => name) })
}

interface Probe {
  readonly url: string
  readonly headers: [string, string][]
  readonly credentials: WireRequest['credentials']
  readonly signal: AbortSignal
}

/** The head of the answer, behind all redirects, or what the request failed with. */
async function probe(
  { transport, mayAsk }: DiagnoseParts,
  { url, headers, ...rest }: Probe,
): Promise<WireResponse | URLError> {
  let wire: WireRequest = {
    url,
    method: 'GET',
    headers: new Headers([...headers.filter(([name]) => name !== 'range'), ['range', 'bytes=0-0']]),
    body: null,
    redirect: transport.redirects === 'each-hop' ? 'manual' : 'follow',
    cache: 'no-store',
    ...rest,
  }
  try {
    for (let hops = 0; ; hops++) {
      const response = await transport.send(wire)
      await response.body.cancel()
      const next = transport.redirects === 'each-hop' ? nextHop(wire, response) : null
      if (response.redirected) await mayAsk?.(response.url)
      if (!next) return response
      if (hops === MAXIMUM_REDIRECTS) return new URLError('httpTooManyRedirects', { url: next.url })
      await mayAsk?.(next.url)
      wire = next
    }
  } catch (error) {
    rest.signal.throwIfAborted()
    if (URLError.is(error)) return error
    throw error
  }
}

interface Circumstances {
  readonly origin: string | null
  readonly credentials: WireRequest['credentials']
  readonly preflight: Diagnosis['preflight']
  /** Names of headers that need permission. */
  readonly asking: readonly string[]
}

function readable(url: string, response: WireResponse, circumstances: Circumstances): Diagnosis {
  const { status, headers } = response
  const hidden = hiddenIn(response)
  const rangeSupported = status === 206 || status === 416 ? true : status < 300 ? false : null
  const facts: Omit<Diagnosis, 'advice'> = {
    url: safeURL(url),
    reachable: true,
    readable: true,
    crossOrigin: isForeign(response.url, circumstances.origin),
    redirectedTo: response.url === url ? null : safeURL(response.url),
    status,
    visible: [...headers.keys()].sort(),
    hidden,
    canResume: status === 206 && !isEncoded(headers) && isComparable(headers),
    rangeSupported,
    preflight: circumstances.preflight,
    suggestedLine: exposeLine(headers, hidden),
    failure: null,
  }
  return { ...facts, advice: adviceOn(facts, { ...circumstances, headers }) }
}

function unreadable(
  url: string,
  given: Pick<Circumstances, 'origin' | 'credentials'> & {
    readonly reachable: boolean
    readonly foreign: boolean
    readonly failure: URLError['code']
  },
): Diagnosis {
  const facts: Omit<Diagnosis, 'advice'> = {
    url: safeURL(url),
    reachable: given.reachable,
    readable: false,
    crossOrigin: given.foreign,
    redirectedTo: null,
    status: null,
    visible: [],
    hidden: [],
    canResume: false,
    rangeSupported: null,
    preflight: 'unknown',
    suggestedLine: null,
    failure: given.failure,
  }
  return { ...facts, advice: adviceOn(facts, { ...given, asking: [], headers: new Headers() }) }
}

function checked(given: string | URL): string {
  const url = URL.parse(given)
  if (!url) throw new URLError('badURL', { url: String(given), phase: 'setup' })
  if (!/^https?:$/.test(url.protocol))
    throw new URLError('unsupportedURL', { url: url.href, phase: 'setup', why: `its scheme is ${url.protocol}` })
  url.username = url.password = url.hash = ''
  return url.href
}

const isForeign = (url: string, origin: string | null): boolean => origin !== null && new URL(url).origin !== origin

/** Whether a part can be told to be of the same file: by a strong ETag or a date, as `resume-rules` wants it. */
const isComparable = (headers: Headers): boolean =>
  headers.get('etag')?.startsWith('"') === true || headers.has('last-modified')
