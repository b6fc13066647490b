/** How a session's requests are sent in a browser. */
import { DataLane } from '../loading/data-lane.ts'
import type { Settings } from '../model/configuration.ts'
import type { URLProtocol } from '../model/url-protocol.ts'
import { builtInProtocols } from '../platform/browser/built-in-protocols.ts'
import { browserChance } from '../platform/browser/browser-chance.ts'
import { browserClock } from '../platform/browser/browser-clock.ts'
import { browserConnectivity } from '../platform/browser/browser-connectivity.ts'
import { reach } from '../platform/browser/reach.ts'
import { createFetchTransport } from '../platform/browser/fetch-transport.ts'
import { chunksOf } from '../platform/browser/chunk-reader.ts'

export const browserDataLane = (settings: Settings, protocols: readonly URLProtocol[]): DataLane =>
  new DataLane(
    {
      transport: createFetchTransport(chunksOf),
      protocols,
      builtIn: builtInProtocols(),
      connectivity: browserConnectivity,
      clock: browserClock,
      chance: browserChance,
      nextHop: null,
      origin: self.origin,
      reach,
    },
    settings,
  )
