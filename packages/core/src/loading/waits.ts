/** What a data task waits for before it is sent: a moment, a slot at its host, a network. Each wait ends when the task is stopped. */
import type { Settings } from '../model/configuration.ts'
import type { Chance, Clock } from '../ports/clock.ts'
import type { Connectivity } from '../ports/connectivity.ts'
import { backoffDelay } from './retry.ts'
import type { Scheduler } from './scheduler.ts'

export type DataWait = null | 'connectivity' | 'begin-date' | 'retry' | 'slot'

export interface WaitOptions {
  readonly uid: string
  onWaiting(what: DataWait, until: number | null): void
  onWaitsForConnectivity(): void
}

export interface WaitTools {
  readonly settings: Settings
  readonly clock: Clock
  readonly chance: Chance
  readonly connectivity: Connectivity
  readonly scheduler: Scheduler
}

/** The longest that an absent network is waited for before it is tried again without a sign of it. */
const CONNECTIVITY_RETRY = 30_000

export class Waits {
  readonly #options: WaitOptions
  readonly #tools: WaitTools
  readonly #stop: Pick<AbortController, 'signal'>
  #unreachable = 0
  #rebegin: () => void = () => {}

  /** @param stop Fires when the task is stopped: every wait rejects with its reason. */
  constructor(options: WaitOptions, tools: WaitTools, stop: Pick<AbortController, 'signal'>) {
    this.#options = options
    this.#tools = tools
    this.#stop = stop
  }

  /** The moment of a task's start, which may be changed meanwhile. */
  async begin(beginAt: () => number | null): Promise<void> {
    const { clock } = this.#tools
    for (let at = beginAt(); at !== null && at > clock.now(); at = beginAt()) await this.#until('begin-date', at)
  }

  /** A connection to the host, where they are counted. */
  async slot(host: string, priority: number): Promise<void> {
    const { scheduler } = this.#tools
    const { uid } = this.#options
    this.#stop.signal.throwIfAborted()
    this.#options.onWaiting('slot', null)
    await this.#unlessStopped((resolve) => {
      scheduler.request(uid, host, priority, resolve)
      return () => scheduler.release(uid)
    })
    this.#options.onWaiting(null, null)
  }

  /** A sign of a network, or a while. */
  async network(): Promise<void> {
    const { connectivity, chance, settings } = this.#tools
    this.#stop.signal.throwIfAborted()
    if (this.#unreachable === 0) this.#options.onWaitsForConnectivity()
    this.#unreachable += 1
    const delay = connectivity.online
      ? Math.max(250, backoffDelay(this.#unreachable, chance.next(), settings.retry))
      : CONNECTIVITY_RETRY
    await this.time('connectivity', delay)
  }

  /** So many milliseconds; for a network, or where it is said, also until there is a sign of one. */
  time(what: 'connectivity' | 'retry', delay: number, untilOnline: boolean = what === 'connectivity'): Promise<void> {
    return this.#until(what, this.#tools.clock.now() + delay, untilOnline)
  }

  /** Until a moment, or what comes before it: a sign of a network, another date. */
  async #until(what: 'connectivity' | 'begin-date' | 'retry', at: number, untilOnline: boolean = false): Promise<void> {
    const { clock, connectivity } = this.#tools
    // What was stopped waits for nothing, and nobody is told of it.
    this.#stop.signal.throwIfAborted()
    this.#options.onWaiting(what, at)
    await this.#unlessStopped((resolve) => {
      const stop = untilOnline ? connectivity.subscribe((event) => event !== 'offline' && over(resolve)) : null
      const cancel = clock.after(at - clock.now(), () => over(resolve))
      if (what === 'begin-date') this.#rebegin = () => over(resolve)
      function over(then: () => void = () => {}): void {
        cancel()
        stop?.()
        then()
      }
      return over
    })
    this.#rebegin = () => {}
    this.#options.onWaiting(null, null)
  }

  /** The date that is waited for was changed: whoever waits looks again. */
  rebegin(): void {
    this.#rebegin()
  }

  /** @param begin Starts something that will call `resolve`; returns what takes it back. */
  #unlessStopped(begin: (resolve: () => void) => () => void): Promise<void> {
    const { signal } = this.#stop
    return new Promise<void>((resolve, reject) => {
      const takeBack = begin(() => {
        signal.removeEventListener('abort', stopped)
        resolve()
      })
      function stopped(): void {
        takeBack()
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', stopped, { once: true })
    })
  }
}
