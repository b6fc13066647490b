/** Owns whether a session may use the network that is there. Asked before each request, and only where the answer could be no. */
import type { SessionConfiguration } from '../model/configuration.ts'
import type { NetworkStatus, NetworkUnavailableReason } from '../model/network-access.ts'
import { describeCause, URLError } from '../model/url-error.ts'

/** @throws {URLError} `notConnectedToInternet` with `networkUnavailableReason`; `delegateFailed` where nobody could say. */
export type NetworkCheck = (url: string) => Promise<void>

const WHY: { readonly [reason in NetworkUnavailableReason]: string } = {
  cellular: 'the network is cellular',
  expensive: 'the network is expensive',
  constrained: 'the user saves data on this network',
}

/** Null where a session may use all. @param platformStatus What the platform knows, where the caller does not say it himself. */
export function networkCheck(
  { kind, settings, networkStatus }: SessionConfiguration,
  platformStatus: () => NetworkStatus,
): NetworkCheck | null {
  const { networkAccess, discretionary, waitsForConnectivity } = settings
  const isPicky = discretionary && kind === 'background'
  const reasons = Object.keys(WHY) as NetworkUnavailableReason[]
  const refused = reasons.filter((reason) => isPicky || !networkAccess[reason])
  if (refused.length === 0) return null
  return async (url) => {
    // What is read where it is has no network to be on.
    if (!/^(https?|ftp):/.test(url)) return
    const { cellular = false, expensive = cellular, constrained = false } = await told(url)
    const is = { cellular, expensive, constrained }
    const networkUnavailableReason = refused.find((reason) => is[reason])
    if (networkUnavailableReason === undefined) return
    throw new URLError('notConnectedToInternet', {
      url,
      phase: 'connect',
      why: `${WHY[networkUnavailableReason]}, and this session may not use it`,
      // Who does not wait wants to know at once.
      retryable: waitsForConnectivity,
      networkUnavailableReason,
    })
  }

  async function told(url: string): Promise<NetworkStatus> {
    try {
      return await (networkStatus ?? platformStatus)()
    } catch (cause) {
      const why = `networkStatus threw: ${describeCause(cause) ?? 'nothing'}`
      throw new URLError('delegateFailed', { url, phase: 'setup', why, cause })
    }
  }
}
