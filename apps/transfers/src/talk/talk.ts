/** One WebSocket at a time, that comes back by itself: its state, and what was said. Knows nothing of the page. */
import { URLSession, type SessionDelegate, type SocketMessage, type WebSocketTask } from 'urlsession'
import { messageOf } from '../ui/dom.ts'

export interface Line {
  readonly who: 'you' | 'server' | 'session'
  readonly text: string
}

export type TalkState = 'closed' | 'connecting' | 'open' | 'closing'

/** Lines that are kept. */
const MOST = 200
/** A socket that says nothing for so many milliseconds after it was asked is dead, whatever the browser believes. */
const TIMES = { interval: 3000, timeout: 2000 }

export class Talk {
  readonly #url: string
  readonly #changed: () => void
  #session: URLSession | null = null
  #task: WebSocketTask | null = null
  #open = false
  #closing = false
  lines: readonly Line[] = []

  constructor(url: string, changed: () => void) {
    this.#url = url
    this.#changed = changed
  }

  get state(): TalkState {
    if (!this.#task) return 'closed'
    if (this.#closing) return 'closing'
    return this.#open ? 'open' : 'connecting'
  }

  connect(): void {
    if (this.#task) return
    this.#session ??= new URLSession(undefined, this.#delegate())
    const task = this.#session.webSocketTask(this.#url, {
      heartbeat: { send: '/ping', expect: '/pong', ...TIMES },
      reconnect: { baseDelay: 500, maximumDelay: 5000 },
    })
    this.#task = task.resume()
    this.#changed()
    void this.#listen(task)
  }

  async send(text: string): Promise<void> {
    const task = this.#task
    if (!task) return
    this.#say('you', text)
    await task.send(text).catch((error: unknown) => this.#say('session', `not sent: ${messageOf(error)}`))
  }

  async ping(): Promise<void> {
    const answer = await this.#task?.ping().catch(messageOf)
    if (typeof answer === 'object') this.#say('session', `the server answered after ${Math.round(answer.roundTrip)} ms`)
    else if (answer !== undefined) this.#say('session', answer)
  }

  close(): void {
    this.#closing = this.#task !== null
    this.#task?.close(1000, 'bye')
    this.#changed()
  }

  async #listen(task: WebSocketTask): Promise<void> {
    try {
      for await (const message of task) this.#say('server', textOf(message))
      const { code, reason } = await task.finished
      this.#say('session', `closed with ${code}${reason && `: ${reason}`}`)
    } catch (error) {
      this.#say('session', messageOf(error))
    }
    this.#task = null
    this.#open = this.#closing = false
    this.#changed()
  }

  #delegate(): SessionDelegate {
    return {
      didOpen: () => {
        this.#open = true
        this.#say('session', 'open')
      },
      didReopen: (_task, { since, until, unacknowledged }) => {
        this.#open = true
        const lost = unacknowledged.length
        this.#say('session', `open again after ${until - since} ms; ${lost} sent messages may have been lost`)
      },
      didWarn: (_task, { message }) => {
        this.#open = false
        this.#say('session', message)
      },
    }
  }

  #say(who: Line['who'], text: string): void {
    this.lines = [...this.lines, { who, text }].slice(-MOST)
    this.#changed()
  }
}

const textOf = (message: SocketMessage): string =>
  typeof message === 'string' ? message : `${message.byteLength} bytes`
