/**
 * Owns: agents whose connections are TLS by the session's options, or made by a proxy, or both. Why agents and not connections made
 * beforehand: only an agent knows whether one that is open can be used again.
 */
import { Agent as HttpAgent, type AgentOptions, type ClientRequestArgs } from 'node:http'
import { Agent as HttpsAgent, type RequestOptions } from 'node:https'
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { Duplex } from 'node:stream'
import type { TLSSettings } from '../../model/network-options.ts'
import type { ChosenProxy } from './proxy-choice.ts'
import { openTunnel } from './proxy-tunnel.ts'
import { identityCheck, secureContext } from './tls-context.ts'

/** What a request tells the agent, besides what node:http knows; passed on to `createConnection` as it is. */
export interface TunnelOptions {
  /** Ends a connection that a proxy is about to make. */
  readonly tunnelSignal: AbortSignal | null
  /** The caller's own Proxy-Authorization. */
  readonly tunnelAuthorization: string | null
}

type Created = (error: Error | null, socket: Duplex) => void
type Connecting = (ClientRequestArgs | RequestOptions) & Partial<TunnelOptions>

/** A session's TLS, made when it is first needed. */
export interface Secrets {
  readonly hosts: () => SecureContext | undefined
  /** The same authorities, but nothing that says who we are. */
  readonly proxies: () => SecureContext | undefined
  readonly pinned: TLSSettings['pinned']
}

export function secretsOf(tls: TLSSettings | null): Secrets {
  const once = (make: (given: TLSSettings) => SecureContext): (() => SecureContext | undefined) => {
    let made: SecureContext | undefined
    return () => (made ??= tls === null ? undefined : make(tls))
  }
  return {
    hosts: once(secureContext),
    proxies: once((given) => secureContext({ ...given, cert: null, key: null, passphrase: null })),
    pinned: tls?.pinned,
  }
}

/** Connections to https hosts, made by a proxy where there is one. */
export class SecureAgent extends HttpsAgent {
  readonly #secrets: Secrets
  readonly #proxy: ChosenProxy | null

  constructor(options: AgentOptions, secrets: Secrets, proxy: ChosenProxy | null) {
    // A session that is taken up again is not checked again: with pins, each connection is a new one.
    const checks = secrets.pinned && { checkServerIdentity: identityCheck(secrets.pinned), maxCachedSessions: 0 }
    super({ ...options, ...checks })
    this.#secrets = secrets
    this.#proxy = proxy
  }

  override getName(options: Connecting = {}): string {
    return nameFor(super.getName(options), options)
  }

  override createConnection(options: Connecting, created?: Created): Duplex | null | undefined {
    const context = this.#secrets.hosts()
    const secure: Connecting = context ? withContext(options, context) : options
    if (!this.#proxy) return super.createConnection(secure, created)
    const handshake = (socket: Socket): Duplex | null | undefined => {
      const over: Connecting & { readonly socket: Socket } = { ...secure, socket }
      return super.createConnection(over)
    }
    byProxy(this.#proxy, this.#secrets, options, handshake, created)
    return undefined
  }
}

/** Connections to http hosts that a SOCKS proxy makes. */
export class TunnelAgent extends HttpAgent {
  readonly #proxy: ChosenProxy
  readonly #secrets: Secrets

  constructor(options: AgentOptions, secrets: Secrets, proxy: ChosenProxy) {
    super(options)
    this.#secrets = secrets
    this.#proxy = proxy
  }

  override getName(options: Connecting = {}): string {
    return nameFor(super.getName(options), options)
  }

  override createConnection(options: Connecting, created?: Created): undefined {
    byProxy(this.#proxy, this.#secrets, options, (socket) => socket, created)
  }
}

/** Connections to an https proxy that is asked for whole URLs. */
export class ProxyAgent extends HttpsAgent {
  readonly #secrets: Secrets

  constructor(options: AgentOptions, secrets: Secrets) {
    super(options)
    this.#secrets = secrets
  }

  override createConnection(options: Connecting, created?: Created): Duplex | null | undefined {
    const context = this.#secrets.proxies()
    return super.createConnection(context ? withContext(options, context) : options, created)
  }
}

/** A connection that a proxy made for one user is nobody else's. A Digest names him, and is a new one each time. */
function nameFor(place: string, { tunnelAuthorization }: Partial<TunnelOptions>): string {
  if (!tunnelAuthorization) return place
  const user = /^digest .*?username\*?=("(?:[^"\\]|\\.)*"|[^,]*)/i.exec(tunnelAuthorization)?.[1]
  return `${place}:${user ?? tunnelAuthorization}`
}

function withContext(
  options: Connecting,
  context: SecureContext,
): Connecting & { readonly secureContext: SecureContext } {
  return { ...options, secureContext: context }
}

function byProxy(
  proxy: ChosenProxy,
  secrets: Secrets,
  options: Connecting & { readonly autoSelectFamilyAttemptTimeout?: number },
  use: (socket: Socket) => Duplex | null | undefined,
  created: Created | undefined,
): void {
  const opening = async (): Promise<Duplex> => {
    const socket = await openTunnel({
      proxy,
      host: options.host ?? options.hostname ?? 'localhost',
      port: Number(options.port),
      secureContext: proxy.protocol === 'https:' ? secrets.proxies() : undefined,
      authorization: options.tunnelAuthorization ?? null,
      signal: options.tunnelSignal ?? null,
      addressTimeout: options.autoSelectFamilyAttemptTimeout ?? 250,
    })
    return use(socket) ?? socket
  }
  opening().then(
    (socket) => created?.(null, socket),
    (error: unknown) => created?.(error instanceof Error ? error : new Error(String(error)), undefined as never),
  )
}
