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

/** Another network is worth a try for those who wait for one; so is a page that is back. */
export const withNetworkChanges = (connectivity: Connectivity): Connectivity => ({
  get online() {
    return connectivity.online
  },
  subscribe(listener) {
    const stops = [
      connectivity.subscribe(listener),
      onNetworkChange(() => listener('online')),
      onReturn(() => listener('wake')),
    ]
    return () => stops.forEach((stop) => stop())
  },
})

/** Milliseconds that a page was out of sight after which a change may have gone unnoticed: its timers are late. */
const AWAY = 10_000

/** Of a document, what matters here; a worker has none. */
type Page = EventTarget & { readonly visibilityState: string }

/** The page was thawed, or is seen again after a while. */
function onReturn(listener: () => void): () => void {
  const { document: page } = globalThis as { readonly document?: Page }
  if (!page) return () => {}
  let hidden = Date.now()
  const thawed = (event: Event): void => {
    if ((event as Event & { readonly persisted?: boolean }).persisted) listener()
  }
  const seen = (): void => {
    if (page.visibilityState === 'hidden') hidden = Date.now()
    else if (Date.now() - hidden >= AWAY) listener()
  }
  addEventListener('pageshow', thawed)
  page.addEventListener('visibilitychange', seen)
  return () => {
    removeEventListener('pageshow', thawed)
    page.removeEventListener('visibilitychange', seen)
  }
}
