/**
 * Requests by fetch itself: a client on top would have everything switched off that acts on its own. Browsers follow
 * redirects themselves and hide the cause of every network failure; what is known is told, nothing is guessed.
 */
import { isEncoded } from '../../model/response.ts'
import { URLError, type URLErrorCode } from '../../model/url-error.ts'
import type { BodySource, Transport, WireRequest, WireResponse } from '../../ports/transport.ts'
import { readerOf } from './byob-reader.ts'

/** What a fetch that failed may have died of. */
const CANDIDATES: readonly URLErrorCode[] = [
  'cannotFindHost',
  'cannotConnectToHost',
  'secureConnectionFailed',
  'networkConnectionLost',
  'httpTooManyRedirects',
  'cannotParseResponse',
]

export const fetchTransport: Transport = {
  redirects: 'final-only',
  strictDecoding: false,

  async send(request: WireRequest): Promise<WireResponse> {
    const { url, redirect, ...init } = request
    try {
      // A browser shows no hop; one that asks to see them gets the last answer.
      const response = await fetch(url, { ...init, redirect: redirect === 'error' ? 'error' : 'follow' })
      return {
        status: response.status,
        statusText: response.statusText,
        url: response.url,
        redirected: response.redirected,
        headers: response.headers,
        headersFiltered: response.type === 'cors',
        body: bodyOf(response, request),
      }
    } catch (error) {
      throw failure(error, request)
    }
  },
}

function bodyOf({ body, headers }: Response, { url, signal }: WireRequest): BodySource {
  if (!body) return { read: async () => null, cancel: async () => {} }
  const reader = readerOf(body)
  return {
    async read() {
      try {
        return await reader.read()
      } catch (cause) {
        if (signal.aborted) throw signal.reason
        // A compressed body that is damaged fails in the same words as a connection that broke.
        const encoded = isEncoded(headers)
        const hidden = { opaque: true, candidates: ['networkConnectionLost', 'cannotDecodeContentData'] as const }
        throw new URLError('networkConnectionLost', { url, phase: 'body', cause, ...(encoded ? hidden : {}) })
      }
    },
    cancel: () => reader.cancel().catch(() => {}),
  }
}

function failure(cause: unknown, { url, redirect, signal }: WireRequest): unknown {
  if (signal.aborted) return signal.reason
  const details = { url, phase: 'connect', cause } as const
  if (!navigator.onLine) return new URLError('notConnectedToInternet', details)
  const possible = ['the host or its connection is bad']
  if (redirect === 'error') possible.push('it redirects, which this session refuses')
  if (new URL(url).origin !== self.origin) possible.push('it is another origin, whose CORS headers do not allow this')
  return new URLError('opaqueNetworkFailure', {
    ...details,
    why: possible.join('; or '),
    opaque: true,
    candidates: CANDIDATES,
  })
}
