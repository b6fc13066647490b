/** The two timers of a transfer: one for the phase it is in, one for the end of all patience. */
import type { Clock } from '../ports/clock.ts'

export class TransferTimers {
  readonly #clock: Clock
  #cancelPhase: (() => void) | null = null
  #cancelDeadline: (() => void) | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Replaces the phase's timer. */
  arm(delay: number, run: () => void): void {
    this.#cancelPhase?.()
    this.#cancelPhase = this.#clock.after(delay, run)
  }

  disarm(): void {
    this.#cancelPhase?.()
    this.#cancelPhase = null
  }

  /** @param at Milliseconds since the epoch; a process may end although this is pending. */
  armDeadline(at: number, run: () => void): void {
    this.#cancelDeadline?.()
    this.#cancelDeadline = this.#clock.after(at - this.#clock.now(), run, { keepAlive: false })
  }

  disarmAll(): void {
    this.disarm()
    this.#cancelDeadline?.()
    this.#cancelDeadline = null
  }
}
