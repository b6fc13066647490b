/**
 * Requests by fetch itself: a client on top would have everything switched off that acts on its own. Browsers follow
 * redirects themselves and hide the cause of every network failure; what is known is told, nothing is guessed.
 */
import { isEncoded } from '../../model/response.ts'
import { URLError, type URLErrorCode } from '../../model/url-error.ts'
import type { BodySource, Transport, WireRequest, WireResponse } from '../../ports/transport.ts'
import type { Reader } from './byob-reader.ts'

/** What a fetch that failed may have died of. */
const CANDIDATES: readonly URLErrorCode[] = [
  'cannotFindHost',
  'cannotConnectToHost',
  'secureConnectionFailed',
  'networkConnectionLost',
  'httpTooManyRedirects',
  'cannotParseResponse',
]

/** How bodies are read; `length` tells their bytes, 0 where that is not known. */
type ReaderOf = (stream: ReadableStream<Uint8Array>, length: () => number) => Reader

/** @param timingsOf What the platform tells of a request afterwards, where anybody wants to know. */
export const createFetchTransport = (
  readerOf: ReaderOf,
  timingsOf?: (url: string) => NonNullable<WireResponse['timings']>,
): Transport => ({
  redirects: 'final-only',
  strictDecoding: false,

  async send(request: WireRequest): Promise<WireResponse> {
    const { url, method, headers, body, redirect, credentials, cache, signal, priority, init } = request
    const timings = timingsOf?.(url)
    const { onLine } = navigator
    try {
      // A browser shows no hop: one that asks to see them gets the last answer, but for fetch itself.
      const followed = redirect === 'manual' && !init ? 'follow' : redirect
      // To look through none costs a browser more than all that is done here.
      const none = headers.keys().next().done === true
      // fetch has to be told what a stream is; nothing else minds.
      const told = { method, body, credentials, cache, signal, priority, duplex: 'half', redirect: followed }
      const response = await fetch(url, Object.assign(told, !none && { headers }, init))
      return {
        status: response.status,
        statusText: response.statusText,
        url: response.url || url,
        redirected: response.redirected,
        headers: response.headers,
        headersFiltered: response.type === 'cors',
        body: bodyOf(response, request, readerOf),
        native: response,
        ...(timings ? { timings } : {}),
      }
    } catch (error) {
      throw failure(error, request, onLine)
    }
  },
})

/** The platform's own: whoever has the Response may have put another in its place. */
const platformBody = (response: Response): ReadableStream<Uint8Array> | null =>
  Reflect.get(Response.prototype, 'body', response) as ReadableStream<Uint8Array> | null

const lengthOf = ({ headers }: Response): number =>
  isEncoded(headers) ? 0 : Number(headers.get('content-length')) || 0

/** Opened with the first read: until then the Response can be taken as a whole. */
function bodyOf(response: Response, { url, signal }: WireRequest, readerOf: ReaderOf): BodySource {
  let reader: Reader | null | undefined
  const open = (): Reader | null => {
    const body = platformBody(response)
    return body && readerOf(body, () => lengthOf(response))
  }
  return {
    async read() {
      try {
        reader ??= open()
        return (await reader?.read()) ?? null
      } catch (cause) {
        if (signal.aborted) throw signal.reason
        // A compressed body that is damaged fails in the same words as a connection that broke.
        const encoded = isEncoded(response.headers)
        const hidden = { opaque: true, candidates: ['networkConnectionLost', 'cannotDecodeContentData'] as const }
        throw new URLError('networkConnectionLost', { url, phase: 'body', cause, ...(encoded ? hidden : {}) })
      }
    },
    async cancel() {
      try {
        reader ??= open()
        await reader?.cancel()
      } catch {
        // Taken by somebody else, or broken: either way there is nothing left to give up.
      }
    },
  }
}

/**
 * What a request failed with that a browser says nothing about.
 * @param wasOnline When it was sent: where the network went later, nobody knows how far the request had come.
 */
export function failure(cause: unknown, { url, redirect, signal }: WireRequest, wasOnline: boolean): unknown {
  if (signal.aborted) return signal.reason
  const { onLine } = navigator
  const opaque = wasOnline || onLine
  const details = { url, phase: 'connect', cause, opaque, candidates: opaque ? CANDIDATES : [] } as const
  if (!onLine) return new URLError('notConnectedToInternet', details)
  const possible = ['the host or its connection is bad']
  if (redirect === 'error') possible.push('it redirects, which this session refuses')
  if (new URL(url).origin !== self.origin) possible.push('it is another origin, whose CORS headers do not allow this')
  return new URLError('opaqueNetworkFailure', {
    ...details,
    why: possible.join('; or '),
  })
}
