/**
 * Owns: what Node can tell of the network. Why so little: Node has no event for it, so "online" is always
 * claimed, and only waking from sleep is noticed: a timer that comes far too late was asleep with the machine.
 */
import type { Connectivity } from '../../ports/connectivity.ts'

const INTERVAL = 15_000

type Listener = Parameters<Connectivity['subscribe']>[0]

export interface Ticker {
  now(): number
  /** Calls `tick` every `interval` milliseconds without keeping the process alive; returns what ends it. */
  every(interval: number, tick: () => void): () => void
}

const realTicker: Ticker = {
  // The wall clock: the monotonic one stands still while a Linux machine sleeps.
  now: () => Date.now(),
  every(interval, tick) {
    const timer = setInterval(tick, interval).unref()
    return () => clearInterval(timer)
  },
}

export function createNodeConnectivity(ticker: Ticker = realTicker): Connectivity {
  const listeners = new Set<Listener>()
  let stop: (() => void) | null = null
  let last = 0

  const tick = (): void => {
    const now = ticker.now()
    const slept = now - last > 3 * INTERVAL
    last = now
    if (slept) for (const listener of [...listeners]) listener('wake')
  }

  return {
    online: true,
    subscribe(given) {
      // A function of its own, so that the same listener can be subscribed twice.
      const listener: Listener = (event) => given(event)
      listeners.add(listener)
      if (stop === null) {
        last = ticker.now()
        stop = ticker.every(INTERVAL, tick)
      }
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        stop?.()
        stop = null
      }
    },
  }
}
