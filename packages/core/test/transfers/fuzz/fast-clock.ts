/** Real time, only more of it: a checkpoint every few milliseconds, a patience of a minute in two seconds. */
import type { Clock } from '../../../src/ports/clock.ts'

const SPEED = 25

export function fastClock(): Clock {
  const begun = Date.now()
  const zero = performance.now()
  return {
    now: () => Math.round(begun + (performance.now() - zero) * SPEED),
    after: (delay, run) => {
      const timer = setTimeout(run, Math.min(delay / SPEED, 2 ** 31 - 1))
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}
