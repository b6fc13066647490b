/**
 * Finds out whether the other side of a WebSocket is still there, and how long an answer takes. Asks by ping frames where there are
 * some and nothing else was asked for, else by a message of the application's own; never passes the one off as the other.
 */
import { URLError } from '../../model/url-error.ts'
import type { Heartbeat as Rules, SocketMessage } from '../../model/web-socket-options.ts'
import type { Clock } from '../../ports/clock.ts'

/** Milliseconds that a connection has to answer after the machine woke up or the network came back. */
const PROBE = 3000
const INTERVAL = 30_000
const TIMEOUT = 10_000

export interface HeartbeatParts {
  readonly url: string
  readonly clock: Clock
  /** Null: none by itself. */
  readonly rules: Rules | null
  /** Sends a ping frame, or null where there are none. */
  readonly ping: (() => Promise<void>) | null
  /** Sends a message ahead of what waits. */
  readonly send: (message: string | Uint8Array) => void
  /** Bytes that were sent so far, with those that are still here. */
  readonly given: () => number
  /** How many of them are still here. */
  readonly buffered: () => number
  /** Bytes that came in, those of an unfinished message too; 0 where nobody tells. */
  readonly arrived: () => number
  /** True while nothing can be heard, whoever is there. */
  readonly deaf: () => boolean
  /** How many messages have been sent so far. */
  readonly sent: () => number
  /** It answered a question that was asked behind so many messages. */
  readonly answered: (roundTrip: number, behind: number) => void
  readonly lost: (error: URLError) => void
  /** A function of the application's threw, and was ignored. */
  readonly threw: (what: string, cause: unknown) => void
}

interface Question {
  readonly asked: number
  readonly behind: number
  readonly answer: PromiseWithResolvers<number>
}

export class Heartbeat {
  readonly #parts: HeartbeatParts
  /** Questions by message that wait for their answer; the oldest first. */
  #open: Question[] = []
  /** Counts what arrived. */
  #heard = 0
  #stopNext: () => void = () => {}
  #stopLimit: () => void = () => {}
  #running = false
  #over = false

  constructor(parts: HeartbeatParts) {
    this.#parts = parts
  }

  /** Begins to ask by itself, where that was asked for. */
  start(): void {
    if (!this.#parts.rules || this.#over || this.#running) return
    this.#running = true
    this.#next()
  }

  /** Asks no more, until `start`. */
  rest(): void {
    this.#running = false
    this.#stopNext()
    this.#stopLimit()
  }

  /** The connection is gone: whoever waits for an answer learns why. */
  end(error: Error): void {
    this.#over = true
    this.rest()
    for (const { answer } of this.#open.splice(0)) answer.reject(error)
  }

  /** Asks at once, and gives it little time: the machine slept, or the network changed. */
  probe(): void {
    if (this.#over || this.#parts.deaf() || !(this.#parts.ping || this.#parts.rules?.send)) return
    this.#watch(Math.min(PROBE, this.#parts.rules?.timeout ?? PROBE))
  }

  /** Something arrived. True for an answer to a question, which is nobody else's. */
  hears(message: SocketMessage): boolean {
    this.#heard += 1
    const question = this.#open[0]
    if (!question || !this.#isAnswer(message)) return false
    this.#open.shift()
    this.#answered(question)
    return true
  }

  /**
   * Asks once: by a frame where there are some, else by the heartbeat's message.
   * @throws {URLError} `unsupportedByPlatform` where there is neither; why the connection ended.
   */
  ping(): Promise<number> {
    return this.#ask(this.#parts.ping !== null)
  }

  async #ask(byFrame: boolean): Promise<number> {
    const { ping, rules, url, send } = this.#parts
    const question = { asked: performance.now(), behind: this.#parts.sent(), answer: Promise.withResolvers<number>() }
    if (byFrame && ping) {
      await ping()
      this.#heard += 1
      return this.#answered(question)
    }
    const what = rules?.send
    if (what === undefined) {
      const why = 'a WebSocket in a browser sends no ping frames'
      const hint = 'give the option heartbeat a message and its answer'
      throw new URLError('unsupportedByPlatform', { url, why, hint })
    }
    const message = this.#questionOf(what)
    this.#open.push(question)
    question.answer.promise.catch(() => {})
    send(message)
    return question.answer.promise
  }

  #questionOf(what: NonNullable<Rules['send']>): string | Uint8Array {
    if (typeof what !== 'function') return what
    const { threw, url } = this.#parts
    try {
      return what()
    } catch (cause) {
      threw('send', cause)
      throw new URLError('delegateFailed', { url, phase: 'body', why: 'heartbeat.send threw', cause })
    }
  }

  #isAnswer(message: SocketMessage): boolean {
    const { rules, threw } = this.#parts
    const expect = rules?.expect
    if (typeof expect !== 'function') return message === expect
    try {
      return expect(message)
    } catch (cause) {
      threw('expect', cause)
      return false
    }
  }

  #answered({ asked, behind, answer }: Question): number {
    const roundTrip = performance.now() - asked
    this.#parts.answered(roundTrip, behind)
    answer.resolve(roundTrip)
    return roundTrip
  }

  #next(): void {
    const { rules, clock } = this.#parts
    this.#stopNext()
    this.#stopNext = clock.after(
      rules?.interval ?? INTERVAL,
      () => (this.#parts.deaf() ? this.#next() : this.#watch(rules?.timeout ?? TIMEOUT)),
      { keepAlive: false },
    )
  }

  /** Asks, and calls the connection lost when there is no sign of life within the limit. */
  #watch(limit: number): void {
    this.#stopNext()
    this.#limit(limit)
    const done = (): void => {
      this.#stopLimit()
      if (this.#running) this.#next()
    }
    // Why a question failed is told by the end of the connection, or by a warning.
    this.#ask(this.#parts.rules?.send === undefined).then(done, done)
  }

  /**
   * @param mark What had been sent when the question was asked: as long as so much has not left, the question has not either.
   * @param grace For so many limits it was on its way out, and may stand in line as long again further on.
   */
  #limit(limit: number, mark: number = this.#parts.given(), grace: number = 0): void {
    const { clock, url, given, buffered, arrived, deaf, lost } = this.#parts
    const gone = (): number => given() - buffered()
    const before = { heard: this.#heard, arrived: arrived(), gone: gone() }
    this.#stopLimit()
    this.#stopLimit = clock.after(
      limit,
      () => {
        // An answer stands behind what is still arriving, or cannot be heard.
        if (this.#heard !== before.heard || arrived() > before.arrived || deaf()) return this.#limit(limit, mark, grace)
        const now = gone()
        if (before.gone < mark && now > before.gone) return this.#limit(limit, mark, grace + 1)
        if (now >= mark && grace > 0) return this.#limit(limit, mark, grace - 1)
        const why = `no answer to a heartbeat within ${limit} ms`
        lost(new URLError('networkConnectionLost', { url, phase: 'body', why }))
      },
      { keepAlive: false },
    )
  }
}
