/**
 * The browser's own WebSocket. It hides why a handshake failed, sends no headers and no pings, cannot stop reading, and tells by
 * `bufferedAmount` alone what was sent.
 */
import { asSocketURL } from '../../model/schemes.ts'
import { URLError } from '../../model/url-error.ts'
import type { Socket, SocketAnswer, SocketListener, SocketTransport } from '../../ports/socket-transport.ts'
import type { WireRequest, WireResponse } from '../../ports/transport.ts'
import { EarlyListener } from './early-listener.ts'

/** Milliseconds between two looks at what was sent: nothing tells of it. In a page that is hidden they are a second. */
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
  readonly #listener = new EarlyListener()
  /** Of those who wait until less is on its way. */
  readonly #looks = new Set<() => void>()

  constructor(socket: WebSocket) {
    this.#socket = socket
    this.#hear(this.#listener)
    socket.onclose = ({ code, reason }) =>
      this.#listener.closed({ code: code === 1006 || code === 1015 ? null : code, reason, error: null })
  }

  get protocol(): string {
    return this.#socket.protocol
  }

  get buffered(): number {
    return this.#socket.bufferedAmount
  }

  listen(listener: SocketListener): void {
    this.#listener.listen(listener)
    // From now on without a detour: of small messages there may be tens of thousands a second. Not where it was left.
    if (this.#socket.onmessage) this.#hear(listener)
  }

  send(message: string | Uint8Array<ArrayBuffer> | Blob): void {
    this.#socket.send(message)
  }

  whenBelow(mark: number, tell: () => void): void {
    const look = (): void => {
      // What is closed sends nothing more, and its end is told elsewhere.
      const open = this.#socket.readyState === WebSocket.OPEN
      if (open && this.#socket.bufferedAmount >= mark) return
      this.#looks.delete(look)
      if (open) tell()
    }
    const again = (): void => {
      look()
      if (this.#looks.has(look)) setTimeout(again, LOOK)
    }
    this.#looks.add(look)
    setTimeout(again, LOOK)
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  leave(): void {
    this.#listener.leave()
    this.#hush()
    this.#socket.close()
  }

  drop(): void {
    this.leave()
  }

  #hear(listener: Pick<SocketListener, 'message'>): void {
    this.#socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (this.#looks.size > 0) for (const look of this.#looks) look()
      listener.message(typeof data === 'string' ? data : new Uint8Array(data))
    }
  }

  #hush(): void {
    this.#socket.onmessage = null
    this.#socket.onclose = null
  }
}
