/**
 * A clock for many timers that hardly ever fire: guards against silence, deadlines. They share one timer of the platform's, which is
 * set for the earliest; a later one costs no more than a place in a set, and taking it back as little. A thousand requests a second
 * would otherwise set and clear thousands.
 */
import type { Clock } from '../../ports/clock.ts'

interface Timer {
  readonly due: number
  readonly run: () => void
}

export function pooled(clock: Clock): Clock {
  const now = (): number => clock.now()
  const timers = new Set<Timer>()
  let wakesAt = Number.POSITIVE_INFINITY
  let sleepOn = (): void => {}

  const sleepUntil = (due: number): void => {
    sleepOn()
    wakesAt = due
    sleepOn = clock.after(due - now(), wake)
  }

  function wake(): void {
    wakesAt = Number.POSITIVE_INFINITY
    let next = Number.POSITIVE_INFINITY
    const due = [...timers].filter((timer) => {
      if (timer.due <= now()) return true
      next = Math.min(next, timer.due)
      return false
    })
    if (next < wakesAt) sleepUntil(next)
    // One that is taken back by another does not run.
    for (const timer of due) if (timers.delete(timer)) timer.run()
  }

  return {
    now,
    after(delay, run) {
      const timer = { due: now() + delay, run }
      timers.add(timer)
      if (timer.due < wakesAt) sleepUntil(timer.due)
      return () => void timers.delete(timer)
    },
  }
}
