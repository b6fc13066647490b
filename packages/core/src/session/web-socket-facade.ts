/**
 * A session's WebSockets in the shape of the platform's own (WHATWG WebSockets §3), for libraries that take a class of yours. Loaded when
 * somebody asks for it.
 */
import { sizeOf } from '../loading/sockets/message-size.ts'
import { URLError } from '../model/url-error.ts'
import type { SocketMessage } from '../model/web-socket-options.ts'
import type { TaskDelegate as Delegate } from './delegate.ts'
import type { WebSocketOptions } from './task-options.ts'
import type { URLSession } from './url-session.ts'
import type { WebSocketTask } from './web-socket-task.ts'

const [CONNECTING, OPEN, CLOSING, CLOSED] = [0, 1, 2, 3]
const STATES = { CONNECTING, OPEN, CLOSING, CLOSED }

type Handler = ((event: Event) => unknown) | null
const HANDLERS = ['open', 'message', 'error', 'close'] as const
type HandlerName = (typeof HANDLERS)[number]

/** The options that every socket of the class is made with; a reconnection is seen by nobody, but for the delegate. */
export function webSocketClass(
  session: URLSession,
  options: Omit<WebSocketOptions, 'protocols' | 'shared'>,
): typeof WebSocket {
  class SessionWebSocket extends EventTarget {
    readonly url: string
    readonly extensions = ''
    binaryType: BinaryType = 'blob'
    bufferedAmount = 0
    readyState = CONNECTING
    readonly #task: WebSocketTask
    #opened = false
    #full = false
    /** @internal */
    readonly handlers: Handlers = new Map()

    constructor(url: string | URL, protocols: string | string[] = []) {
      super()
      this.#task = syntax(() =>
        session.webSocketTask(url, {
          ...options,
          protocols: [protocols].flat(),
          delegate: hearingOpen(options.delegate ?? null, async (task, protocol) => {
            this.#open()
            const delegate = options.delegate?.didOpen ? options.delegate : session.delegate
            await delegate?.didOpen?.(task, protocol)
          }),
        }),
      )
      this.url = this.#task.originalRequest.url
      this.#task.resume()
      void this.#listen()
    }

    get protocol(): string {
      return this.#task.protocol
    }

    send(given: unknown): void {
      if (this.readyState === CONNECTING) throw new DOMException('send: it is not open yet', 'InvalidStateError')
      const message = isBinary(given) ? given : String(given)
      const size = sizeOf(message)
      this.bufferedAmount += size
      // What is closed swallows it, and counts it as never sent.
      if (this.readyState !== OPEN) return
      void this.#task.send(message).then(
        () => (this.bufferedAmount -= size),
        (error: URLError) => this.#unsent(error),
      )
    }

    close(code?: number, reason: string = ''): void {
      try {
        this.#task.close(code, reason)
      } catch (cause) {
        const isReason = new TextEncoder().encode(reason).length > 123
        throw new DOMException(String(cause), isReason ? 'SyntaxError' : 'InvalidAccessError')
      }
      // Nobody waits for a handshake to say goodbye.
      if (this.readyState === CONNECTING) this.#task.cancel()
      if (this.readyState < CLOSING) this.readyState = CLOSING
    }

    /** Nobody would learn that one was left out: what has no room ends it, as the platform's. */
    #unsent({ code }: URLError): void {
      if (this.readyState !== OPEN || code !== 'dataLengthExceedsMaximum') return
      this.#full = true
      this.#task.cancel()
    }

    #open(): void {
      if (this.readyState !== CONNECTING) return
      this.readyState = OPEN
      this.#opened = true
      this.dispatchEvent(new Event('open'))
    }

    async #listen(): Promise<void> {
      try {
        for await (const message of this.#task)
          // What comes after a close is nobody's.
          if (this.readyState === OPEN) this.dispatchEvent(new MessageEvent('message', { data: this.#shown(message) }))
        this.#closed({ ...(await this.#task.finished), wasClean: true })
      } catch {
        await this.#task.finished.catch(() => {})
        this.readyState = CLOSED
        if (!this.#opened || this.#full || !isUnclean(this.#task.error)) this.dispatchEvent(new Event('error'))
        this.#closed({ code: 1006, reason: '', wasClean: false })
      }
    }

    #closed(end: { readonly code: number; readonly reason: string; readonly wasClean: boolean }): void {
      this.readyState = CLOSED
      this.dispatchEvent(
        typeof CloseEvent === 'function' ? new CloseEvent('close', end) : Object.assign(new Event('close'), end),
      )
    }

    #shown(message: SocketMessage): string | ArrayBuffer | Blob {
      if (typeof message === 'string') return message
      return this.binaryType === 'blob' ? new Blob([message]) : message.buffer
    }
  }
  Object.assign(SessionWebSocket, STATES)
  Object.assign(SessionWebSocket.prototype, STATES)
  for (const type of HANDLERS)
    Object.defineProperty(SessionWebSocket.prototype, `on${type}`, {
      get(this: SessionWebSocket): Handler {
        return this.handlers.get(type)?.handler ?? null
      },
      set(this: SessionWebSocket, given: unknown) {
        handle(this, type, typeof given === 'function' ? (given as Handler) : null)
      },
      configurable: true,
      enumerable: true,
    })
  Object.defineProperty(SessionWebSocket, 'name', { value: 'WebSocket' })
  return SessionWebSocket as unknown as typeof WebSocket
}

const isBinary = (given: unknown): given is BufferSource | Blob =>
  given instanceof Blob || given instanceof ArrayBuffer || ArrayBuffer.isView(given)

/** A connection that ended without a close frame is no error to a browser, and libraries take one for more than a loss. */
const isUnclean = (error: URLError | null): boolean =>
  error?.code === 'networkConnectionLost' || error?.code === 'cancelled'

type Handlers = Map<HandlerName, { handler: Handler }>

/** HTML §8.1.8.1: a handler is a listener in the place of the first that was set. */
function handle(socket: EventTarget & { readonly handlers: Handlers }, type: HandlerName, handler: Handler): void {
  const before = socket.handlers.get(type)
  if (before) before.handler = handler
  else {
    const entry = { handler }
    socket.handlers.set(type, entry)
    socket.addEventListener(type, (event) => entry.handler?.call(socket, event))
  }
}

/** The same delegate, whatever it is made of, but for one method that everything depends on. */
function hearingOpen(delegate: Delegate | null, didOpen: NonNullable<Delegate['didOpen']>): Delegate {
  if (!delegate) return { didOpen }
  return new Proxy(delegate, {
    get(target, name) {
      if (name === 'didOpen') return didOpen
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
    has: (target, name) => name === 'didOpen' || name in target,
  })
}

/** A constructor of the platform's throws this for a URL or a subprotocol that it does not like. */
function syntax<T>(make: () => T): T {
  try {
    return make()
  } catch (cause) {
    const bad = cause instanceof TypeError || (URLError.is(cause) && cause.code.endsWith('URL'))
    throw bad ? new DOMException(String(cause), 'SyntaxError') : cause
  }
}
