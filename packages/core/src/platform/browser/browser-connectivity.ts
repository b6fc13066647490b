/**
 * What a browser knows of the network, for worker and page alike. Sleep is noticed by a timer that fires
 * much too late; a page adds what only it sees (`pageshow`, `visibilitychange`).
 */
import type { Connectivity } from '../../ports/connectivity.ts'

/** Hidden pages get a timer once a minute, which must not pass for sleep; workers get theirs in time. */
const interval = (): number => ('document' in globalThis ? 30_000 : 5_000)
const LATE = 3

export const browserConnectivity: Connectivity = {
  get online() {
    return navigator.onLine
  },

  subscribe(listener) {
    const online = (): void => listener('online')
    const offline = (): void => listener('offline')
    const gap = interval()
    let seen = Date.now()
    const timer = setInterval(() => {
      const now = Date.now()
      if (now - seen > gap * LATE) listener('wake')
      seen = now
    }, gap)
    self.addEventListener('online', online)
    self.addEventListener('offline', offline)
    return () => {
      clearInterval(timer)
      self.removeEventListener('online', online)
      self.removeEventListener('offline', offline)
    }
  },
}
