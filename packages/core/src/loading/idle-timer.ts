/**
 * Notices that nothing arrives any more. Touching it costs one assignment: the timer itself only wakes
 * up to see how long ago the last touch was.
 */
import type { Clock } from '../ports/clock.ts'

export class IdleTimer {
  readonly #clock: Clock
  readonly #onIdle: () => void
  #limit: number
  #touched = 0
  #cancel: (() => void) | null = null

  constructor(clock: Clock, limit: number, onIdle: () => void) {
    this.#clock = clock
    this.#limit = limit
    this.#onIdle = onIdle
  }

  start(): void {
    this.#touched = this.#clock.now()
    this.#arm(this.#limit)
  }

  /** Something arrived. */
  touch(): void {
    this.#touched = this.#clock.now()
  }

  /** From now on at most `limit` milliseconds more, until the next touch proves the connection alive. */
  hurry(limit: number): void {
    if (this.#cancel === null) return
    const normal = this.#limit
    const asked = this.#clock.now()
    this.#arm(Math.min(limit, normal), () => {
      if (this.#touched < asked) this.#fire()
      else this.#check()
    })
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
  }

  #arm(delay: number, then: () => void = () => this.#check()): void {
    this.#cancel?.()
    this.#cancel = this.#clock.after(delay, then)
  }

  #check(): void {
    const left = this.#touched + this.#limit - this.#clock.now()
    if (left > 0) this.#arm(left)
    else this.#fire()
  }

  #fire(): void {
    this.stop()
    this.#onIdle()
  }
}
