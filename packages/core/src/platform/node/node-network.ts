/** Owns: what sessions of a process share of the network: connections that are open serve every one that wants the same way. */
import { join, resolve } from 'node:path'
import type { Settings } from '../../model/configuration.ts'
import type { NetworkSettings } from '../../model/network-options.ts'
import type { Connectivity } from '../../ports/connectivity.ts'
import type { Transport } from '../../ports/transport.ts'
import { URLCookieStorage } from './cookie-storage.ts'
import { cookieTransport } from './cookie-transport.ts'
import { createFetchTransport } from './fetch-transport.ts'
import { openFileRecords } from './file-records.ts'
import { createHttpAgents, type HttpAgents } from './http-agents.ts'
import { createHttpFetch } from './http-fetch.ts'
import { createNodeConnectivity } from './node-connectivity.ts'
import { answeringProxies } from './proxy-challenge.ts'
import { proxyFor } from './proxy-choice.ts'
import { stateDirectory } from './state-directory.ts'

export const connectivity: Connectivity = createNodeConnectivity()

/** What of a session's settings is the network's. */
export type NodeNetworkSettings = NetworkSettings & Pick<Settings, 'directory'>

/** By what was chosen. A program has few choices, and what each opens is closed after some idle seconds. */
const carriers = new Map<string, Transport>()
const agents = new Map<string, HttpAgents>()
/** By state directory. */
const shared = new Map<string, URLCookieStorage>()
const ephemeral = new WeakMap<NodeNetworkSettings, URLCookieStorage>()

/**
 * The transport of a session with these settings: its proxy, its TLS, its cookies. Called again with the same settings object, it has
 * the same connections and the same cookies.
 */
export function nodeTransport(settings: NodeNetworkSettings): Transport {
  const { cookies } = settings
  const jar = cookieStorageOf(settings)
  const carrier = carrierOf(settings)
  return cookies && jar ? cookieTransport(jar, carrier, cookies) : carrier
}

/** The session's cookies, or null where it keeps none. */
export function cookieStorageOf(settings: NodeNetworkSettings): URLCookieStorage | null {
  const { cookies, directory } = settings
  if (!cookies) return null
  if (cookies.storage instanceof URLCookieStorage) return cookies.storage
  return cookies.remembered ? sharedCookies(directory) : found(ephemeral, settings, () => new URLCookieStorage())
}

/** Those of all sessions of a state directory that remember theirs. @param directory Null for the platform's own. */
export function sharedCookies(directory: string | null): URLCookieStorage {
  const root = resolve(directory ?? stateDirectory())
  return found(shared, root, () => {
    const folder = join(root, 'cookies')
    let opening: ReturnType<typeof openFileRecords> | null = null
    // A folder that cannot be opened is tried again with the next cookie.
    const open = (): ReturnType<typeof openFileRecords> =>
      openFileRecords(folder).catch((error: unknown) => {
        opening = null
        throw error
      })
    return new URLCookieStorage(() => (opening ??= open()))
  })
}

const nameOf = ({ proxy, tls }: NodeNetworkSettings): string => JSON.stringify([proxy, tls])

const carrierOf = (settings: NodeNetworkSettings): Transport =>
  found(carriers, nameOf(settings), () => {
    const transport = createFetchTransport(createHttpFetch(agentsOf(settings)))
    return { ...transport, send: answeringProxies((request) => transport.send(request)) }
  })

/** The connections that a session with these settings uses. */
export const agentsOf = (settings: NodeNetworkSettings): HttpAgents =>
  found(agents, nameOf(settings), () => createHttpAgents(settings))

/** Says which proxy is asked with HTTP for a URL, without its user and password; null for none, and for SOCKS, which has its own way. */
export const proxyAskedBy =
  ({ proxy }: Pick<NetworkSettings, 'proxy'>) =>
  (url: string): string | null => {
    const way = proxyFor(new URL(url), proxy, process.env)
    return way && !way.protocol.startsWith('socks') ? way.shown : null
  }

function found<Key, Value>(
  among: { get(key: Key): Value | undefined; set(key: Key, value: Value): unknown },
  key: Key,
  make: () => Value,
): Value {
  const known = among.get(key)
  if (known !== undefined) return known
  const made = make()
  among.set(key, made)
  return made
}
