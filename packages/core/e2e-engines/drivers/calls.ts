/** Numbered calls and their answers, as every engine's remote protocol has them; what answers no call is an event. */
export type Fields = Readonly<Record<string, unknown>>

export interface Event {
  readonly method: string
  readonly params: Fields
}

interface Message extends Partial<Event> {
  readonly id?: number
  readonly result?: Fields
  /** WebDriver BiDi: a code, and a message beside it; WebKit: an object with a message. */
  readonly error?: string | { readonly message: string }
  readonly message?: string
}

interface Waiting extends PromiseWithResolvers<Fields> {
  readonly method: string
}

export class Calls {
  readonly #send: (text: string) => void
  readonly #waiting = new Map<number, Waiting>()
  readonly #listeners = new Set<(event: Event) => void>()
  #count = 0
  #ended: Error | null = null

  constructor(send: (text: string) => void) {
    this.#send = send
  }

  call(method: string, params: Fields = {}): Promise<Fields> {
    if (this.#ended) return Promise.reject(this.#ended)
    const id = ++this.#count
    const waiting = { ...Promise.withResolvers<Fields>(), method }
    this.#waiting.set(id, waiting)
    this.#send(JSON.stringify({ id, method, params }))
    return waiting.promise
  }

  /** Takes in what the other side sent. */
  hear(text: string): void {
    const { id, method, params = {}, result = {}, error, message } = JSON.parse(text) as Message
    const waiting = id === undefined ? undefined : this.#waiting.get(id)
    if (id === undefined || !waiting) {
      if (method !== undefined) for (const listener of this.#listeners) listener({ method, params })
      return
    }
    this.#waiting.delete(id)
    if (error === undefined) waiting.resolve(result)
    else
      waiting.reject(new Error(`${waiting.method}: ${message ?? (typeof error === 'string' ? error : error.message)}`))
  }

  subscribe(listener: (event: Event) => void): void {
    this.#listeners.add(listener)
  }

  /** Nothing will be answered any more. */
  end(why: string): void {
    this.#ended ??= new Error(why)
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }
}

/** Calls over a WebSocket. */
export async function connect(url: string): Promise<Calls> {
  const socket = new WebSocket(url)
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true })
    socket.addEventListener('error', () => reject(new Error(`${url} does not answer`)), { once: true })
  })
  const calls = new Calls((text) => socket.send(text))
  socket.addEventListener('message', ({ data }) => calls.hear(String(data)))
  socket.addEventListener('close', () => calls.end('the browser is gone'))
  return calls
}
