/** Owns: what all sessions of a process share of the network: connections that are open serve every one of them. */
import type { Connectivity } from '../../ports/connectivity.ts'
import type { Transport } from '../../ports/transport.ts'
import { createFetchTransport } from './fetch-transport.ts'
import { createNodeConnectivity } from './node-connectivity.ts'

export const transport: Transport = createFetchTransport()
export const connectivity: Connectivity = createNodeConnectivity()
