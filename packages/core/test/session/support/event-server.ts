/** A server of events without a network: what each connection does is said beforehand, and time is the test's own. */
import { FakeClock } from '../../../../testing/src/fakes/fake-clock.ts'
import { FixedChance } from '../../../../testing/src/fakes/fixed-chance.ts'
import { URLResponse } from '../../../src/model/response.ts'
import { URLError } from '../../../src/model/url-error.ts'
import {
  eventsOf,
  type EventConnection,
  type EventStreamOptions,
  type ServerSentEvent,
} from '../../../src/session/server-sent-events.ts'
import { collect, encode } from './pieces.ts'

export const url = 'https://example.com/events'
export const retry = { attempts: 3, baseDelay: 1000, maximumDelay: 8000 }

export const answer = (status = 200, type: string | null = 'text/event-stream; charset=utf-8'): URLResponse =>
  new URLResponse({
    url,
    status,
    statusText: '',
    headers: type === null ? [] : [['content-type', type]],
    filename: 'e',
  })

export const lost = (): URLError => new URLError('networkConnectionLost', { url })

/** What a connection does: gives pieces and ends, or breaks, or stays; or is refused. */
export interface Script {
  readonly response?: URLResponse
  readonly pieces?: readonly (string | Uint8Array)[]
  /** Thrown after the pieces. */
  readonly breaks?: Error
  /** Never ends by itself. */
  readonly stays?: boolean
  /** Thrown in place of an answer. */
  readonly refused?: Error
}

/** A server that plays its scripts one after another and says 204 when there are no more. */
export class Server {
  readonly asked: string[] = []
  readonly askedAt: number[] = []
  left = 0
  readonly clock = new FakeClock()
  readonly #scripts: Script[]

  constructor(...scripts: Script[]) {
    this.#scripts = scripts
  }

  readonly open = async (lastEventID: string): Promise<EventConnection> => {
    this.asked.push(lastEventID)
    this.askedAt.push(this.clock.now())
    const script = this.#scripts.shift() ?? { response: answer(204, null) }
    if (script.refused) throw script.refused
    return { response: script.response ?? answer(), bytes: this.#bytes(script) }
  }

  events(options: Partial<EventStreamOptions> = {}): AsyncGenerator<ServerSentEvent, void, undefined> {
    return eventsOf(this.open, { clock: this.clock, chance: new FixedChance([0.5]), retry, ...options })
  }

  /** All events, time passing as it must. */
  all(options: Partial<EventStreamOptions> = {}): Promise<ServerSentEvent[]> {
    return this.clock.until(collect(this.events(options)))
  }

  /** Milliseconds between one request and the next. */
  get waits(): number[] {
    return this.askedAt.slice(1).map((at, index) => at - (this.askedAt[index] ?? 0))
  }

  #bytes({ pieces = [], breaks, stays }: Script): AsyncIterable<Uint8Array> {
    const queue = pieces.map((piece) => (typeof piece === 'string' ? encode(piece) : piece))
    const leave = (): void => void this.left++
    return {
      [Symbol.asyncIterator]: () => ({
        async next() {
          const value = queue.shift()
          if (value) return { done: false, value }
          if (breaks) throw breaks
          return stays ? new Promise<never>(() => {}) : { done: true, value: undefined }
        },
        async return() {
          leave()
          return { done: true, value: undefined }
        },
      }),
    }
  }
}

export const plain = (events: readonly ServerSentEvent[]): string[][] =>
  events.map(({ type, data, id }) => [type, data, id])
