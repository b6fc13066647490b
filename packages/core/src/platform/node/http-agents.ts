/**
 * Owns: the connections that stay open between requests, and which way each URL's go. Why agents of our own: who may connect how
 * often is decided by the engine, and a program's global agent may have limits that were meant for something else.
 */
import { Agent as HttpAgent, type AgentOptions } from 'node:http'
import type { NetworkSettings } from '../../model/network-options.ts'
import { bare, portOf } from './no-proxy.ts'
import { proxyFor, type ChosenProxy, type Environment } from './proxy-choice.ts'
import { ProxyAgent, secretsOf, SecureAgent, TunnelAgent } from './secure-agent.ts'

/** Bytes a connection may hold for a reader that is busy: enough for reads of 1 MiB while the disk is writing. */
export const READ_AHEAD: number = 1 << 20

export interface HttpRoute {
  readonly agent: HttpAgent
  /** Null where the host itself is asked. */
  readonly proxy: ChosenProxy | null
  /** True where the proxy is asked for the whole URL; false where it makes a connection to the host. */
  readonly forwarded: boolean
  /** Closes the idle connections to this place: one of them turned out to be dead. */
  dropIdle(): void
}

export interface HttpAgents {
  /** @throws {URLError} `cannotConnectToHost` for variables of the environment that make no sense. */
  for(url: URL): HttpRoute
  /** Connections that end at the host, also over http by way of a proxy: for what is no request any more (WebSockets). */
  toHost(url: URL): HttpAgent
}

interface Agents {
  readonly plain: HttpAgent
  readonly secure: HttpAgent
  readonly tunnel: HttpAgent
}

const OPTIONS: AgentOptions = {
  keepAlive: true,
  // Shorter than what servers allow by default, so that they rarely close one under us.
  timeout: 4_000,
  scheduling: 'lifo',
  maxSockets: Number.POSITIVE_INFINITY,
}

const DIRECT: Pick<NetworkSettings, 'proxy' | 'tls'> = { proxy: null, tls: null }

/** @param env Where the proxies of the environment are read, at each request. */
export function createHttpAgents(
  { proxy, tls }: Pick<NetworkSettings, 'proxy' | 'tls'> = DIRECT,
  env: Environment = process.env,
): HttpAgents {
  const secrets = secretsOf(tls)
  const plain = new HttpAgent(OPTIONS)
  const secure = new SecureAgent(OPTIONS, secrets, null)
  /** By way and credentials, so that nobody gets a connection that another user of the proxy opened. */
  const ways = new Map<string, Agents>()

  const by = (way: ChosenProxy): Agents => {
    const name = JSON.stringify([way.shown, way.user, way.password])
    const known = ways.get(name)
    if (known) return known
    const agents = {
      plain: way.protocol.startsWith('socks')
        ? new TunnelAgent(OPTIONS, secrets, way)
        : way.protocol === 'https:'
          ? new ProxyAgent(OPTIONS, secrets)
          : new HttpAgent(OPTIONS),
      secure: new SecureAgent(OPTIONS, secrets, way),
      tunnel: new TunnelAgent(OPTIONS, secrets, way),
    }
    ways.set(name, agents)
    return agents
  }

  return {
    toHost(url) {
      const way = proxyFor(url, proxy, env)
      if (url.protocol === 'https:') return way ? by(way).secure : secure
      return way ? by(way).tunnel : plain
    },
    for(url) {
      const way = proxyFor(url, proxy, env)
      const agents = way ? by(way) : { plain, secure }
      const agent = url.protocol === 'https:' ? agents.secure : agents.plain
      const forwarded = way !== null && url.protocol === 'http:' && !way.protocol.startsWith('socks')
      const place = forwarded ? `${way.host}:${way.port}:` : `${bare(url.hostname)}:${portOf(url)}:`
      return { agent, proxy: way, forwarded, dropIdle: () => dropIdle(agent, place) }
    },
  }
}

function dropIdle(agent: HttpAgent, place: string): void {
  for (const [name, sockets] of Object.entries(agent.freeSockets))
    if (name.startsWith(place)) for (const socket of [...(sockets ?? [])]) socket.destroy()
}
