/** Time in a browser. */
import type { Clock } from '../../ports/clock.ts'

/** Timers count in 32 bits; a longer delay would fire at once. */
const LONGEST = 2 ** 31 - 1

export const browserClock: Clock = {
  now: () => Date.now(),

  after(delay, run) {
    let timer: ReturnType<typeof setTimeout>
    const arm = (left: number): void => {
      timer = setTimeout(() => (left > LONGEST ? arm(left - LONGEST) : run()), Math.min(left, LONGEST))
    }
    arm(delay)
    return () => clearTimeout(timer)
  },
}
