/**
 * Owns: virtual time. Nothing moves but by `advance` and its sisters; timers run in order of their moment.
 * Why: backoff, deadlines and idle timers are then tested in milliseconds of real time and always the same way.
 */
import type { Clock } from './ports.ts'
import { settle } from './turns.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
  readonly keepAlive: boolean
}

/** A clock for tests. */
export class FakeClock implements Clock {
  #now: number
  #order = 0
  readonly #timers = new Set<Timer>()

  /** @param now milliseconds since the epoch. Default: 2026-01-01T00:00:00Z. */
  constructor(now: number = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  after(delay: number, run: () => void, options: { keepAlive?: boolean } = {}): () => void {
    // As real timers do: no delay below zero, and not a number is at once.
    const wait = delay > 0 ? delay : 0
    const timer: Timer = { at: this.#now + wait, order: this.#order++, run, keepAlive: options.keepAlive ?? true }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** Milliseconds until each pending timer, soonest first. Empty: nothing will ever happen by itself. */
  get pending(): number[] {
    return this.#sorted().map((timer) => timer.at - this.#now)
  }

  /** Pending timers that keep a Node process alive. */
  get holding(): number {
    return [...this.#timers].filter((timer) => timer.keepAlive).length
  }

  /** Lets `milliseconds` pass: each timer due runs at its own moment, and what follows from it happens before the next one. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds
    await settle()
    for (let timer = this.#due(end); timer; timer = this.#due(end)) await this.#run(timer)
    this.#now = end
    await settle()
  }

  /** Goes to the next timer and runs it. False when there is none. */
  async next(): Promise<boolean> {
    await settle()
    const timer = this.#due(Infinity)
    if (timer) await this.#run(timer)
    return timer !== undefined
  }

  /**
   * Runs timer after timer until `promise` settles, and gives its value. Throws when nothing is pending and it still has
   * not settled (a hang), or after `limit` milliseconds of virtual time (default: 30 days).
   */
  async until<T>(promise: Promise<T>, limit: number = 30 * 86_400_000): Promise<T> {
    const end = this.#now + limit
    let settled = false
    const note = (): void => {
      settled = true
    }
    promise.then(note, note)
    for (let idle = 0; ;) {
      await settle()
      if (settled) return promise
      const timer = this.#due(end)
      if (timer) await this.#run(timer)
      // Real work (a digest, a blob) may need a few turns more than promises do.
      else if (++idle > 20)
        throw new Error(
          `it did not settle, and nothing that is pending will change that; timers in ${JSON.stringify(this.pending)} ms`,
        )
    }
  }

  /** The machine slept: the clock is `milliseconds` further at once, and what became due meanwhile runs late, now. */
  async sleep(milliseconds: number): Promise<void> {
    this.#now += milliseconds
    await this.advance(0)
  }

  async #run(timer: Timer): Promise<void> {
    this.#timers.delete(timer)
    this.#now = Math.max(this.#now, timer.at)
    timer.run()
    await settle()
  }

  #due(end: number): Timer | undefined {
    return this.#sorted().find((timer) => timer.at <= end)
  }

  #sorted(): Timer[] {
    return [...this.#timers].sort((a, b) => a.at - b.at || a.order - b.order)
  }
}
