/** How a session's requests are sent in a browser. */
import { DataLane } from '../loading/data-lane.ts'
import type { SessionConfiguration } from '../model/configuration.ts'
import { browserChance } from '../platform/browser/browser-chance.ts'
import { browserClock } from '../platform/browser/browser-clock.ts'
import { browserConnectivity } from '../platform/browser/browser-connectivity.ts'
import { builtInProtocols } from '../platform/browser/built-in-protocols.ts'
import { chunksOf } from '../platform/browser/chunk-reader.ts'
import { createDroppedHeaders } from '../platform/browser/dropped-headers.ts'
import { createFetchTransport } from '../platform/browser/fetch-transport.ts'
import { lazyDigestScheme } from '../platform/browser/lazy-digest.ts'
import { browserNetworkStatus, withNetworkChanges } from '../platform/browser/network-information.ts'
import { pooled } from '../platform/browser/pooled-clock.ts'
import { reach } from '../platform/browser/reach.ts'
import { resourceTimings } from '../platform/browser/resource-timings.ts'
import { withLock } from '../platform/browser/with-lock.ts'

export const browserDataLane = (configuration: SessionConfiguration): DataLane =>
  new DataLane(
    {
      transport: createFetchTransport(chunksOf, resourceTimings),
      protocols: configuration.protocols,
      builtIn: builtInProtocols(),
      connectivity: withNetworkChanges(browserConnectivity),
      networkStatus: browserNetworkStatus,
      clock: pooled(browserClock),
      chance: browserChance,
      nextHop: null,
      async sockets(share) {
        const { browserSockets } = await import('../platform/browser/web-socket-transport.ts')
        if (!share) return browserSockets
        const { sharedSockets } = await import('../platform/browser/shared-sockets.ts')
        return sharedSockets(browserSockets, configuration.identifier ?? '', share)
      },
      authentication: {
        loadDigest: lazyDigestScheme,
        withLock,
        openVault: async () => (await import('../platform/browser/credential-vault.ts')).openVault(),
      },
      origin: self.origin,
      reach,
      dropped: createDroppedHeaders(),
    },
    configuration,
  )
