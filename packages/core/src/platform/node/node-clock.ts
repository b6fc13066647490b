/** Owns: time in Node. Why not setTimeout alone: it fires at once for delays beyond 24.8 days. */
import type { Clock } from '../../ports/clock.ts'

const LONGEST_TIMER = 2_147_483_647

export const nodeClock: Clock = {
  now: () => Date.now(),
  after(delay, run, { keepAlive = true } = {}) {
    let left = Math.max(0, delay)
    let timer: NodeJS.Timeout
    const arm = (): void => {
      const part = Math.min(left, LONGEST_TIMER)
      left -= part
      timer = setTimeout(left > 0 ? arm : run, part)
      if (!keepAlive) timer.unref()
    }
    arm()
    return () => clearTimeout(timer)
  },
}
