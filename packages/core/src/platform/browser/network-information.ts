/** Owns what Chromium tells of the network (Network Information API); other browsers tell nothing. */
import type { NetworkStatus } from '../../model/network-access.ts'
import type { Connectivity } from '../../ports/connectivity.ts'

/** The part that is used: TypeScript's own lacks `saveData`. */
interface NetworkInformation extends EventTarget {
  /** On phones alone. */
  readonly type?: string
  readonly saveData?: boolean
}

const information = (): NetworkInformation | undefined => (navigator as { connection?: NetworkInformation }).connection

export function browserNetworkStatus(): NetworkStatus {
  const { type, saveData } = information() ?? {}
  return {
    ...(type === undefined || type === 'unknown' ? {} : { cellular: type === 'cellular' }),
    ...(saveData === undefined ? {} : { constrained: saveData }),
  }
}

/** Calls back when it is another network, and not only faster or slower; returns what ends it. */
export function onNetworkChange(listener: () => void): () => void {
  const source = information()
  const now = (): string => JSON.stringify(browserNetworkStatus())
  let seen = now()
  const look = (): void => {
    const changed = seen !== now()
    seen = now()
    if (changed) listener()
  }
  source?.addEventListener('change', look)
  return () => source?.removeEventListener('change', look)
}

/** Another network is worth a try for those who wait for one. */
export const withNetworkChanges = (connectivity: Connectivity): Connectivity => ({
  get online() {
    return connectivity.online
  },
  subscribe(listener) {
    const stops = [connectivity.subscribe(listener), onNetworkChange(() => listener('online'))]
    return () => stops.forEach((stop) => stop())
  },
})
