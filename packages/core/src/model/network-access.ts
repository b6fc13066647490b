/** Which networks a session may use, and what is known of the one that is there. */
import { isFunction } from './checks.ts'
import { group, leaf, yesOrNo, type Fields } from './options.ts'

/** Why a network that is there is not used. */
export type NetworkUnavailableReason = 'cellular' | 'expensive' | 'constrained'

/** Kinds of network that may be used; default: all. A network of which nothing is known may always be used. */
export interface NetworkAccess {
  /** That of a mobile operator. Default true. */
  cellular?: boolean
  /** One that is paid for by what goes over it: cellular, a hotspot. Default true. */
  expensive?: boolean
  /** One on which the user wants to save data. Default true. */
  constrained?: boolean
}

/** What the network is at the moment. What is left out is not known, and counts as no. */
export interface NetworkStatus {
  readonly cellular?: boolean
  /** Left out, it is as `cellular`. */
  readonly expensive?: boolean
  readonly constrained?: boolean
}

export interface NetworkAccessOptions {
  /**
   * Networks that may be used. Looked at before each request on the wire; what is under way goes on. Over another network a task fails with
   * `notConnectedToInternet` and `networkUnavailableReason`, or waits where the session does (`waitsForConnectivity`). Default: all.
   */
  networkAccess?: NetworkAccess
  /**
   * What the network is, asked before each request of a session that may not use every one, and again by one that waits: at each sign of
   * a change, else after 30 seconds at most (requests: `retry.maximumDelay`). Default: what the platform tells, which is little: Chromium says whether the user saves
   * data and, on phones, whether the network is cellular; Firefox, Safari and Node say nothing.
   */
  networkStatus?: () => NetworkStatus | Promise<NetworkStatus>
  /**
   * Background sessions: transfers can wait for a better network, so they use none that is known to be cellular, expensive or
   * constrained. No effect in other sessions, and none where nothing is known of the network. Default false.
   */
  discretionary?: boolean
}

export const NETWORK_ACCESS_FIELDS: Fields = {
  networkAccess: group({
    cellular: yesOrNo(),
    expensive: yesOrNo(),
    constrained: yesOrNo(),
  }),
  networkStatus: leaf('a function that returns { cellular?, expensive?, constrained? }', isFunction),
  discretionary: yesOrNo(),
}
