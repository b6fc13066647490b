/**
 * Owns: `fetch` over node:http, as far as a session needs it: the function that ky is given. Why its answers
 * also have a body of another kind: see `bodyOf`.
 */
import type { IncomingMessage } from 'node:http'
import { URLError } from '../../model/url-error.ts'
import type { TransactionTimings } from '../../model/metrics.ts'
import type { BodySource, WireRequest } from '../../ports/transport.ts'
import { decoded } from './content-coding.ts'
import { createHttpAgents, type HttpAgents } from './http-agents.ts'
import { exchange } from './http-exchange.ts'
import { networkError } from './network-errors.ts'
import type { OutgoingBody } from './outgoing-body.ts'

export interface HttpFetchInit {
  /** Instead of the request's: without a copy, and without the Content-Type that a Request would invent. */
  readonly body?: string | Uint8Array | OutgoingBody | null
  readonly signal?: AbortSignal | null
  readonly onInformational?: ((status: number, headers: Headers) => void) | undefined
  readonly onSent?: WireRequest['onSent'] | undefined
}

/**
 * Follows no redirect, whatever the request says: the 3xx is the answer, unless `redirect` is `'error'`.
 * Knows neither cookies nor caches.
 * @throws {URLError}, or the signal's reason.
 */
export type HttpFetch = (input: string | URL | Request, init?: HttpFetchInit) => Promise<Response>

const bodies = new WeakMap<Response, BodySource>()
const times = new WeakMap<Response, TransactionTimings>()

/**
 * The body of an answer of `createHttpFetch`, without the web stream around it: reading from there is several
 * times as fast. Read the one or the other, not both.
 */
export const bodyOf = (response: Response): BodySource | undefined => bodies.get(response)

/** What the exchange behind an answer of `createHttpFetch` took. */
export const timingsOf = (response: Response): TransactionTimings | undefined => times.get(response)

export function createHttpFetch(agents: HttpAgents = createHttpAgents()): HttpFetch {
  return async (input, init = {}) => {
    const request = input instanceof Request ? input : new Request(input)
    const { method, headers } = request
    const signal = init.signal === undefined ? request.signal : init.signal
    const body = await bodyBytes(request, init.body)
    const onInformational =
      init.onInformational &&
      ((status: number, raw: readonly string[]) => init.onInformational?.(status, headersOf(raw, request.url)))
    const sent = { url: new URL(request.url), method, headers, body, signal, onInformational, onSent: init.onSent }
    const { message, body: raw, timings } = await exchange(sent, agents)
    try {
      if (request.redirect === 'error' && isRedirect(message))
        throw new URLError('badServerResponse', {
          url: request.url,
          phase: 'response',
          why: `it redirected (${String(message.statusCode)}), and the request allows no redirect`,
          status: message.statusCode ?? null,
        })
      const bodiless = method === 'HEAD' || message.statusCode === 204 || message.statusCode === 304
      // Reads the end, so that the connection is free again even if nobody asks for the body.
      if (bodiless) void raw.read().catch(() => undefined)
      const source = bodiless ? raw : decoded(raw, message.headers['content-encoding'] ?? null, request.url)
      const response = answer(message, source, request.url, bodiless)
      times.set(response, timings)
      return response
    } catch (error) {
      await raw.cancel()
      throw error
    }
  }
}

async function bodyBytes(request: Request, given: HttpFetchInit['body']): Promise<Uint8Array | OutgoingBody | null> {
  if (given === null || given === '') return null
  if (typeof given === 'string') return new TextEncoder().encode(given)
  if (given !== undefined) return given
  return request.body === null ? null : new Uint8Array(await request.arrayBuffer())
}

const isRedirect = (message: IncomingMessage): boolean =>
  [301, 302, 303, 307, 308].includes(message.statusCode ?? 0) && message.headers.location !== undefined

function answer(message: IncomingMessage, source: BodySource, url: string, bodiless: boolean): Response {
  const status = message.statusCode ?? 0
  const stream = bodiless || status === 205 ? null : streamOf(source)
  // What Response refuses to say is still what the server said: 999 and the like are put there afterwards.
  const sayable = status >= 200 && status <= 599
  const response = new Response(stream, {
    status: sayable ? status : 200,
    statusText: (message.statusMessage ?? '').replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, ''),
    headers: headersOf(message.rawHeaders, url),
  })
  Object.defineProperty(response, 'url', { value: url.replace(/#.*$/, ''), configurable: true })
  if (!sayable) Object.defineProperties(response, { status: { value: status }, ok: { value: false } })
  bodies.set(response, source)
  return response
}

export function headersOf(rawHeaders: readonly string[], url: string): Headers {
  const headers = new Headers()
  try {
    for (let index = 0; index + 1 < rawHeaders.length; index += 2)
      headers.append(rawHeaders[index] as string, rawHeaders[index + 1] as string)
  } catch (cause) {
    throw networkError(
      Object.assign(new Error('a header that is not allowed', { cause }), { code: 'HPE_INVALID_HEADER_TOKEN' }),
      {
        url,
        phase: 'response',
      },
    )
  }
  return headers
}

const streamOf = (source: BodySource): ReadableStream<Uint8Array> =>
  new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await source.read()
        if (chunk === null) controller.close()
        else controller.enqueue(chunk.slice())
      },
      cancel: () => source.cancel(),
    },
    // Nothing is read before somebody asks, so that `bodyOf` finds it all.
    { highWaterMark: 0 },
  )
