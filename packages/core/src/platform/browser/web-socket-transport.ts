/**
 * The browser's own WebSocket. It hides why a handshake failed, sends no headers and no pings, cannot stop reading, and tells by
 * `bufferedAmount` alone what was sent.
 */
import type { SocketMessage } from '../../model/web-socket-options.ts'
import { asSocketURL } from '../../model/schemes.ts'
import { URLError } from '../../model/url-error.ts'
import type { Socket, SocketAnswer, SocketEnd, SocketListener, SocketTransport } from '../../ports/socket-transport.ts'
import type { WireRequest, WireResponse } from '../../ports/transport.ts'

/** Milliseconds between two looks at what was sent: nothing tells of it. */
const LOOK = 4

export const browserSockets: SocketTransport = {
  sendsHeaders: false,
  pauses: false,
  open: (request, { protocols }) =>
    new Promise<SocketAnswer>((resolve, reject) => {
      const { signal } = request
      const url = asSocketURL(request.url)
      if (signal.aborted) return reject(signal.reason as Error)
      const socket = created(url, protocols)
      socket.binaryType = 'arraybuffer'
      const abort = (): void => {
        settle()
        socket.close()
        reject(signal.reason as Error)
      }
      const settle = (): void => {
        signal.removeEventListener('abort', abort)
        socket.onopen = null
        socket.onclose = null
      }
      signal.addEventListener('abort', abort, { once: true })
      socket.onopen = () => {
        settle()
        resolve({ response: upgraded(url), socket: new NativeSocket(socket) })
      }
      socket.onclose = () => {
        settle()
        reject(unopened(request))
      }
    }),
}

function created(url: string, protocols: readonly string[]): WebSocket {
  try {
    return new WebSocket(url, [...protocols])
  } catch (cause) {
    // Of a page that came over https, and asks for ws (W3C Mixed Content §5.1).
    const insecure = cause instanceof DOMException && cause.name === 'SecurityError'
    throw URLError.from(cause, insecure ? 'appTransportSecurityRequiresSecureConnection' : 'badURL', {
      url,
      phase: 'setup',
    })
  }
}

/** What a handshake came to that nobody may look at. */
function unopened({ url }: Pick<WireRequest, 'url'>): URLError {
  const details = { url: asSocketURL(url), phase: 'connect', retryable: true } as const
  if (!navigator.onLine) return new URLError('notConnectedToInternet', details)
  return new URLError('badServerResponse', {
    ...details,
    why: 'there was no connection, or no upgrade to a WebSocket, and the browser does not say why',
    opaque: true,
    candidates: ['cannotFindHost', 'cannotConnectToHost', 'secureConnectionFailed', 'badServerResponse', 'timedOut'],
  })
}

/** An answer of which nothing is shown but that it was one. */
export const upgraded = (url: string): WireResponse => ({
  status: 101,
  statusText: '',
  url,
  redirected: false,
  headers: new Headers(),
  headersFiltered: true,
  body: { read: async () => null, cancel: async () => {} },
})

class NativeSocket implements Socket {
  readonly ping = null
  readonly pause = null
  readonly arrived = 0
  readonly #socket: WebSocket
  /** What happened before anybody listened. */
  #early: (SocketMessage | SocketEnd)[] | null = []
  #listener: SocketListener | null = null

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      const message = typeof data === 'string' ? data : new Uint8Array(data)
      if (this.#listener) this.#listener.message(message)
      else this.#early?.push(message)
    }
    socket.onclose = ({ code, reason }) => {
      const end = { code: code === 1006 || code === 1015 ? null : code, reason, error: null }
      if (this.#listener) this.#listener.closed(end)
      else this.#early?.push(end)
    }
  }

  get protocol(): string {
    return this.#socket.protocol
  }

  get buffered(): number {
    return this.#socket.bufferedAmount
  }

  listen(listener: SocketListener): void {
    for (const one of this.#early ?? []) {
      if (typeof one === 'string' || one instanceof Uint8Array) listener.message(one)
      else listener.closed(one)
    }
    this.#early = null
    this.#listener = listener
  }

  send(message: string | Uint8Array<ArrayBuffer> | Blob): void {
    this.#socket.send(message)
  }

  whenBelow(mark: number, tell: () => void): void {
    const look = (): void => {
      // What is closed sends nothing more, and its end is told elsewhere.
      if (this.#socket.readyState !== WebSocket.OPEN) return
      if (this.#socket.bufferedAmount < mark) tell()
      else setTimeout(look, LOOK)
    }
    setTimeout(look, LOOK)
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  leave(): void {
    this.#early = null
    this.#listener = null
    this.#socket.onmessage = null
    this.#socket.onclose = null
    this.#socket.close()
  }

  drop(): void {
    this.leave()
  }
}
