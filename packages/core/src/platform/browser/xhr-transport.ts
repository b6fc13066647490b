/**
 * Requests with a body by XMLHttpRequest, which alone tells a page or a worker how many bytes of it have left. Everything else, and where
 * there is no XMLHttpRequest (service workers), goes by fetch.
 */
import { URLError } from '../../model/url-error.ts'
import type { Transport, WireRequest, WireResponse } from '../../ports/transport.ts'
import { failure } from './fetch-transport.ts'

const hasXHR: boolean = typeof XMLHttpRequest === 'function'

export const createXHRTransport = (byFetch: Transport): Transport => ({
  redirects: 'final-only',
  strictDecoding: false,
  tellsSent: hasXHR,
  send: (request) => (isForXHR(request) ? send(request) : byFetch.send(request)),
})

/** It follows every redirect, and always sends the cookies of its own origin: who wants neither has fetch. */
function isForXHR({ url, body, redirect, credentials, init }: WireRequest): boolean {
  if (!hasXHR || body === null || redirect === 'error' || init) return false
  return credentials !== 'omit' || new URL(url).origin !== self.origin
}

function send(request: WireRequest): Promise<WireResponse> {
  const { url, method, headers, body, credentials, signal, onSent } = request
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const xhr = new XMLHttpRequest()
    const stop = (): void => xhr.abort()
    const { onLine } = navigator
    let sent = 0
    const fail = (): void => {
      signal.removeEventListener('abort', stop)
      reject(sent > 0 && !signal.aborted ? broken(url) : failure(new TypeError('network error'), request, onLine))
    }
    xhr.open(method, url)
    xhr.responseType = 'arraybuffer'
    xhr.withCredentials = credentials === 'include'
    // What a browser would not let us set, it would not send by fetch either.
    for (const [name, value] of headers) xhr.setRequestHeader(name, value)
    if (onSent)
      xhr.upload.onprogress = ({ loaded, total }) => {
        sent = loaded
        onSent(loaded, total)
      }
    xhr.onerror = fail
    // Some browsers say that it was aborted when the connection was lost.
    xhr.onabort = fail
    xhr.onload = () => {
      signal.removeEventListener('abort', stop)
      resolve(responseOf(xhr, url))
    }
    signal.addEventListener('abort', stop, { once: true })
    xhr.send(body as XMLHttpRequestBodyInit)
  })
}

const broken = (url: string): URLError =>
  new URLError('networkConnectionLost', {
    url,
    phase: 'body',
    why: 'the connection broke while the body was being sent, or the server may not be asked from here (CORS)',
    opaque: true,
    candidates: ['networkConnectionLost', 'cannotParseResponse'],
  })

function responseOf(xhr: XMLHttpRequest, url: string): WireResponse {
  const answered = xhr.responseURL || url
  let bytes: Uint8Array | null = new Uint8Array(xhr.response as ArrayBuffer)
  return {
    status: xhr.status,
    statusText: xhr.statusText,
    url: answered,
    redirected: answered !== url.replace(/#.*$/, ''),
    headers: headersOf(xhr.getAllResponseHeaders()),
    headersFiltered: new URL(answered).origin !== self.origin,
    body: {
      async read() {
        const all = bytes
        bytes = null
        return all?.byteLength ? all : null
      },
      async cancel() {
        bytes = null
      },
    },
  }
}

function headersOf(text: string): Headers {
  const headers = new Headers()
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  return headers
}
