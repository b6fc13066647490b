/** A session's short requests: what all its data tasks share, loaded with the first of them. */
import type { SessionConfiguration, Settings } from '../model/configuration.ts'
import type { CredentialStorage } from '../model/credential-storage.ts'
import type { Diagnosis } from '../model/diagnosis.ts'
import type { DroppedHeaders } from '../model/dropped-headers.ts'
import type { NetworkStatus } from '../model/network-access.ts'
import type { DataRequest, NormalRequest } from '../model/request.ts'
import type { Chance, Clock } from '../ports/clock.ts'
import type { Connectivity } from '../ports/connectivity.ts'
import type { URLProtocol } from '../model/url-protocol.ts'
import type { SocketShare, SocketTransport } from '../ports/socket-transport.ts'
import type { Transport, WireRequest, WireResponse } from '../ports/transport.ts'
import { DataLoad, type DataLoadOptions, type DataLoadTools } from './data-load.ts'
import type { DiagnoseOptions, DiagnoseParts } from './diagnose.ts'
import type { CacheParts } from './cache/cache-parts.ts'
import { TaskCache } from './cache/task-cache.ts'
import { Loader, type HopRules } from './loader.ts'
import { type AuthenticationPlatform, SessionAuthentication } from './authentication/session-authentication.ts'
import { type NetworkCheck, networkCheck } from './network-access.ts'
import { requestHead } from './protocols/protocol-load.ts'
import { protocolTransport } from './protocols/protocol-transport.ts'
import type { SocketLoader } from './sockets/socket-loader.ts'
import { assertSecure } from './transport-security.ts'
import { RetryBudget } from './retry.ts'
import { Scheduler } from './scheduler.ts'

/** What a platform lends to the requests of one session. */
export interface DataLaneParts extends DiagnoseParts {
  readonly clock: Clock
  readonly chance: Chance
  readonly connectivity: Connectivity
  readonly authentication: AuthenticationPlatform
  /** The caller's own, and those of the platform. */
  readonly protocols: readonly URLProtocol[]
  readonly builtIn: readonly URLProtocol[]
  readonly dropped: DroppedHeaders
  /** What is known of the network that is there. */
  readonly networkStatus: () => NetworkStatus
  /** The rules of redirects, where the platform shows hops. */
  readonly nextHop: HopRules | null
  /** Loads what WebSockets are opened with. */
  readonly sockets: (share: SocketShare | null) => Promise<SocketTransport>
}

export class DataLane {
  readonly settings: Settings
  readonly clock: Clock
  readonly chance: Chance
  readonly authentication: SessionAuthentication
  /** Whether the network may be used; null where all may. */
  readonly checkNetwork: NetworkCheck | null
  readonly #parts: DataLaneParts
  readonly #transport: Transport
  readonly #tools: DataLoadTools
  readonly #caching: CacheParts
  /** The caller's own, from which challenges are answered. */
  readonly #storage: CredentialStorage | null

  constructor(parts: DataLaneParts, configuration: SessionConfiguration) {
    const { settings, bearer, credentialStorage, kind } = configuration
    const { nextHop, clock, chance, connectivity } = parts
    this.#transport = withProtocols(parts, settings)
    this.settings = settings
    this.clock = clock
    this.chance = chance
    this.#parts = parts
    this.#storage = credentialStorage
    this.checkNetwork = networkCheck(configuration, parts.networkStatus)
    this.authentication = new SessionAuthentication({
      ...parts.authentication,
      clock,
      chance,
      bearer,
      storage: credentialStorage,
      isEphemeral: kind === 'ephemeral',
    })
    this.#caching = {
      clock,
      uid: () => chance.uid(),
      cache: configuration.cache,
      memoryOnly: kind === 'ephemeral',
      origin: parts.origin,
      patience: settings.timeout.request,
      isAccepted: (wire) => this.#isAccepted(wire),
      refused: new Set(),
      renewing: new Set(),
    }
    this.#tools = {
      clock,
      chance,
      connectivity,
      settings,
      loader: new Loader(this.#transport, settings, nextHop),
      // A browser queues by itself, and over HTTP/2 need not: so nobody waits unless a limit was asked for.
      scheduler: new Scheduler(settings.dataConnectionsPerHost),
      budget: new RetryBudget(),
      tellsSent: this.#transport.tellsSent ?? false,
    }
  }

  /** See {@link Transport.tellsSent}. */
  get tellsSent(): boolean {
    return this.#tools.tellsSent
  }

  /** @param cache See {@link DataLane.cacheFor}. */
  load(given: DataRequest, options: DataLoadOptions, cache: TaskCache | null = null): DataLoad {
    const { init } = given
    const request = init?.integrity && this.#canHash ? { ...given, init: { ...init, integrity: '' } } : given
    if (!cache) return new DataLoad(request, options, this.#tools)
    const loader = new Loader(cache.around(this.#transport), this.settings, this.#parts.nextHop)
    return new DataLoad(request, options, { ...this.#tools, loader })
  }

  /** A task's way through the session's cache; null where nobody asks for one. */
  cacheFor({ cachePolicy }: Pick<DataRequest, 'cachePolicy'>): TaskCache | null {
    return this.#caching.cache || cachePolicy === 'only-if-cached' ? new TaskCache(this.#caching) : null
  }

  /** Whether the session has no use for a browser's cookies, whatever a request says: to do without them is a matter of credentials there. */
  get takesNoCookies(): boolean {
    const { cookies } = this.settings
    return this.#parts.origin !== null && cookies !== null && (cookies.accept === 'never' || !cookies.set)
  }

  /**
   * Whether a request's challenges are answered here, but a browser would ask its user for a password before it shows them: it does so on
   * the page's own origin where its credentials go along (WHATWG fetch §4.6). Not where somebody has chosen that they do.
   * @param known Somebody answers, or an answer is at hand.
   */
  asksUserInstead({ url, credentials }: Pick<NormalRequest, 'url' | 'credentials'>, known: boolean): boolean {
    if (credentials !== null || this.settings.credentialsChosen || this.settings.credentials === 'omit') return false
    return (known || this.#storage !== null) && new URL(url).origin === this.#parts.origin
  }

  /** Those of these headers that will not be sent. A protocol that answers in the place of the network gets them all. */
  dropped(request: Pick<NormalRequest, 'url' | 'method'>, headers: Iterable<readonly [string, string]>): string[] {
    const names = /^https?:/.test(request.url) ? this.#parts.dropped(headers) : []
    if (names.length === 0 || this.#parts.protocols.length === 0) return [...names]
    const { credentials } = this.settings
    const given = new Headers([...headers].map(([name, value]): [string, string] => [name, value]))
    return this.#isAccepted({ ...request, headers: given, cache: 'default', credentials }) ? [] : [...names]
  }

  /** Whether a digest of the body that was asked for (`init.integrity`) is still to be looked at. */
  leavesIntegrity({ native }: Pick<WireResponse, 'native'>): boolean {
    return !native || this.#canHash || this.#transport.ignoresIntegrity === true
  }

  /** A browser's fetch says of a wrong digest no more than of a broken network, so where we can look ourselves it is not asked to. */
  get #canHash(): boolean {
    return globalThis.crypto?.subtle !== undefined
  }

  /**
   * What a protocol answers in the place of the network; null where the network is to be asked. Where the engine that asks judges hops,
   * it is given each of them; else they are followed here, on to the network too.
   */
  async loadByProtocol(request: WireRequest): Promise<WireResponse | null> {
    const isHTTP = /^https?:/.test(request.url)
    if (isHTTP && !this.#isAccepted(request)) return null
    const unseen = this.settings.redirect === 'refuse' ? 'error' : 'follow'
    return this.#transport.send({ ...request, redirect: this.#parts.nextHop ? 'manual' : unseen })
  }

  /** Whether a protocol of the caller's answers this in the place of the network. */
  #isAccepted(request: Parameters<typeof requestHead>[0]): boolean {
    return this.#parts.protocols.some((one) => one.accepts(requestHead(request)))
  }

  /** What this session's WebSockets are opened with; loaded with the first. @param share For one that tabs share. */
  async sockets(share: SocketShare | null): Promise<SocketLoader> {
    const [{ SocketLoader }, transport] = await Promise.all([
      import('./sockets/socket-loader.ts'),
      this.#parts.sockets(share),
    ])
    return new SocketLoader(transport, this.#tools)
  }

  /** Within what the session's requests may do. @throws {URLError} where they may not. */
  async diagnose(given: string | URL, options?: DiagnoseOptions): Promise<Diagnosis> {
    const { diagnose } = await import('./diagnose.ts')
    const mayAsk = (url: string): Promise<void> | undefined => {
      assertSecure(url, this.settings.transportSecurity)
      return this.checkNetwork?.(url)
    }
    return diagnose(given, { ...this.#parts, mayAsk }, options)
  }
}

/** A platform's own schemes are looked through only where a URL has none of http's: most requests pay nothing for them. */
function withProtocols({ transport, protocols, builtIn }: DataLaneParts, settings: Settings): Transport {
  const checkHop = (url: string): void => assertSecure(url, settings.transportSecurity)
  const forHTTP = protocols.length > 0 ? protocolTransport(protocols, transport, checkHop) : transport
  const forOthers = protocolTransport([...protocols, ...builtIn], transport, checkHop)
  return { ...transport, send: (request) => (/^https?:/.test(request.url) ? forHTTP : forOthers).send(request) }
}
