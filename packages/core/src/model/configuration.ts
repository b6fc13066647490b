/** How a session behaves. A session takes its own frozen copy, so later edits change nothing. */
import type { RequestAdapter } from './adapter.ts'
import type { BearerOptions } from './bearer-options.ts'
import type { CredentialStorage } from './credential-storage.ts'
import { isFunction } from './checks.ts'
import { effectiveOptions, type EffectiveOption, type PlatformNotes } from './effective.ts'
import { NETWORK_ACCESS_FIELDS, type NetworkAccess, type NetworkAccessOptions } from './network-access.ts'
import { backgroundNamespace } from './namespace.ts'
import {
  BROWSER_RULES,
  COOKIE_CHOICES,
  cookieSettings,
  type NetworkOptions,
  type NetworkRules,
  type NetworkSettings,
} from './network-options.ts'
import { CACHE_POLICIES, type CachePolicy } from './request.ts'
import { isOwnProtocol } from './upload-options.ts'
import type { UploadProtocol } from './upload-protocol.ts'
import type { URLProtocol } from './url-protocol.ts'
import {
  byDomain,
  checkOptions,
  choice,
  type Fields,
  group,
  leaf,
  milliseconds,
  numberFrom,
  text,
  wholeNumber,
  yesOrNo,
} from './options.ts'
import type { ResponseCache } from './url-cache.ts'
import { RETRY_FIELDS } from './retry-options.ts'
import type { RetryOptions } from './retry-options.ts'

export type SessionKind = 'default' | 'ephemeral' | 'background'

/** What goes in the clear: http, ws and ftp, to this machine alone unless more is allowed. */
export interface TransportSecurity {
  /** Allows http, ws and ftp to every host. Default false. */
  allowsArbitraryLoads?: boolean
  /** Per domain, lower case, without port: `{ 'example.com': { allowsInsecureHTTP: true } }`. */
  exceptions?: { readonly [domain: string]: TransportSecurityException }
}

export interface TransportSecurityException {
  /** Also for every name below this domain. Default false. */
  includesSubdomains?: boolean
  /** Allows http, ws and ftp to this domain. Default false. */
  allowsInsecureHTTP?: boolean
}

export interface EngineOptions {
  /** Where the transfer engine runs. Default `'auto'`: a worker where there can be one, else inline. */
  placement?: 'auto' | 'worker' | 'inline'
  /** The address of `worker.js` as you host it; same origin, or any origin with CORS. */
  workerURL?: string | URL
  /** Makes the worker yourself: for Trusted Types, or a policy that needs it. A module worker of `urlsession/worker`. */
  createWorker?: () => Worker
}

/** Milliseconds, both. */
export interface Timeouts {
  /**
   * Time without a byte before an attempt is given up. Default 60,000. It begins anew with each request that leaves and each answer
   * to it, so that redirects, challenges and adapters have this time each. Bytes that are sent count where the platform shows them (Node); a
   * browser shows none, so that time begins there with the answer when a request has more than 64 KiB to send.
   */
  request?: number
  /** Time for the whole task with all its attempts and waits. Default 604,800,000 (7 days). */
  resource?: number
}

export interface ConfigurationOptions extends NetworkOptions, NetworkAccessOptions {
  /** Added where the request lacks that name. Never stored: give credentials here rather than per request. */
  headers?: HeadersInit
  timeout?: Timeouts
  /**
   * Wait for a network instead of failing. Background sessions always do. Default false. What must not be sent twice (a POST) waits only
   * where it surely never left: see `idempotencyKey`.
   */
  waitsForConnectivity?: boolean
  /**
   * Transfers at once to one host, default 4, which leaves a browser two of its six for the page; and requests at once, by default
   * as many as there are (a browser queues over HTTP/1.1 by itself, and need not over HTTP/2).
   */
  connectionsPerHost?: number
  /**
   * Whether cookies and other credentials of the browser, or of `cookies` in Node, go along. Default `'same-origin'`; ephemeral
   * `'omit'`, unless it has `cookies`. Node has no origin of its own: there, `'same-origin'` is as `'include'`.
   *
   * Where they go along to the page's own origin, a browser answers Basic and Digest challenges with a dialog of its own and shows a 401
   * only when its user gives up. So data tasks and downloads that have an answer of their own (a delegate with `didReceiveChallenge`, user
   * and password in the URL, a `credentialStorage`) go there without, and warn (`browserCredentialsLeftOut`), unless request or session name
   * this option. Uploads do not: what counts their bytes on the way sends cookies always.
   */
  credentials?: 'omit' | 'same-origin' | 'include'
  /** Default `'follow'`. `'same-origin'` refuses redirects to another origin; in a browser it refuses the answer, since hops are not shown. */
  redirect?: 'follow' | 'refuse' | 'same-origin'
  retry?: RetryOptions
  transportSecurity?: TransportSecurity
  /** Priority of tasks that name none, 0 to 1. Default 0.5. */
  priority?: number
  /** Asked before each attempt of every request and transfer, and after one that failed. They run where the session is. */
  adapters?: readonly RequestAdapter[]
  /** Sends a token to the origins it names, and has it renewed once, however many requests and tabs are refused (RFC 6750). */
  bearer?: BearerOptions
  /**
   * Where credentials are looked for and kept: what `await openCredentialStorage()` gives. Default: one of the session's own, whose `permanent`
   * credentials outlive it, encrypted; an ephemeral session's are gone with it.
   */
  credentialStorage?: CredentialStorage
  /**
   * Answers of data tasks that are kept and given again (RFC 9111): what `await openURLCache()` gives. A browser's own cache is then left out of
   * it. Default: none, which leaves a browser's in force; Node has none either.
   */
  cache?: ResponseCache
  /**
   * Of requests that name none. Default `'default'`; of an ephemeral session without a `cache` of its own `'no-store'`, since nothing of it
   * is to be found in the browser's. A download takes neither `'force-cache'` nor `'only-if-cached'`, and has to name another then.
   */
  cachePolicy?: CachePolicy
  /**
   * Load requests and transfers in the place of the network; the first that accepts one has it. They run where the session is. Not
   * in background sessions, whose transfers go on without it.
   */
  protocols?: readonly URLProtocol[]
  /** Protocols of your own that uploads of earlier lives of a background session are gone on with, found by their names. */
  uploadProtocols?: readonly UploadProtocol[]
  engine?: EngineOptions
  /** Node: where records and files stand. Default: the platform's state directory for programs. */
  directory?: string
}

const isURL = (value: unknown): boolean => typeof value === 'string' || value instanceof URL

const EXCEPTION: Fields = { includesSubdomains: yesOrNo(), allowsInsecureHTTP: yesOrNo() }

const FIELDS: Fields = {
  headers: leaf('what `new Headers()` takes', isHeaders),
  timeout: group({ request: milliseconds(), resource: milliseconds() }, '', ' in milliseconds'),
  waitsForConnectivity: yesOrNo(),
  connectionsPerHost: wholeNumber(1, 64, 'connections'),
  credentials: choice('omit', 'same-origin', 'include'),
  redirect: choice('follow', 'refuse', 'same-origin'),
  retry: group(RETRY_FIELDS),
  transportSecurity: group({
    allowsArbitraryLoads: yesOrNo(),
    exceptions: byDomain('{ includesSubdomains?, allowsInsecureHTTP? }', EXCEPTION),
  }),
  priority: numberFrom(0, 1),
  bearer: leaf('{ origins, token, refresh }, the last two functions', isBearer),
  credentialStorage: leaf('a URLCredentialStorage', (value) => has(value, 'defaultCredential')),
  cache: leaf('a URLCache', (value) => has(value, 'find')),
  cachePolicy: choice(...CACHE_POLICIES),
  adapters: leaf('an array of objects with adapt or retry', areAdapters),
  protocols: leaf('an array of objects with accepts and load', areProtocols),
  uploadProtocols: leaf('UploadProtocols', (value) => Array.isArray(value) && value.every(isOwnProtocol)),
  engine: group({
    placement: choice('auto', 'worker', 'inline'),
    workerURL: leaf('a URL', isURL),
    createWorker: leaf('a function that returns a Worker', isFunction),
  }),
  directory: text(1, 4096),
  cookies: group(COOKIE_CHOICES),
  ...NETWORK_ACCESS_FIELDS,
}

/** What was chosen, with every default filled in. */
export interface Settings extends NetworkSettings {
  readonly headers: readonly (readonly [string, string])[]
  readonly timeout: { readonly request: number; readonly resource: number }
  readonly waitsForConnectivity: boolean
  readonly connectionsPerHost: number
  /** Of data tasks. `Infinity` where no limit was asked for. */
  readonly dataConnectionsPerHost: number
  readonly credentials: 'omit' | 'same-origin' | 'include'
  /** Whether the caller named them. */
  readonly credentialsChosen: boolean
  readonly cachePolicy: CachePolicy
  readonly redirect: 'follow' | 'refuse' | 'same-origin'
  readonly retry: { readonly attempts: number; readonly baseDelay: number; readonly maximumDelay: number }
  /** Of data tasks. */
  readonly dataRetry: { readonly attempts: number; readonly baseDelay: number; readonly maximumDelay: number }
  readonly transportSecurity: {
    readonly allowsArbitraryLoads: boolean
    readonly exceptions: { readonly [domain: string]: TransportSecurityException }
  }
  readonly networkAccess: Readonly<Required<NetworkAccess>>
  readonly discretionary: boolean
  readonly priority: number
  readonly directory: string | null
}

/** What a platform says of options that were checked: to those of a session, since only that has a platform under it. */
export interface PlatformOptions {
  readonly notes: PlatformNotes
  /** @throws {URLError} `unsupportedByPlatform` for options that nothing here can follow. */
  readonly assertCan: (options: ConfigurationOptions) => void
}

/**
 * How a session behaves. Made by `SessionConfiguration.default()`, `.ephemeral()` and
 * `.background(identifier)`; immutable, so share it freely.
 */
export class SessionConfiguration {
  /** @internal The rules for `proxy` and `tls`: a platform that can follow them has its own. */
  protected static readonly rules: NetworkRules = BROWSER_RULES
  readonly kind: SessionKind
  /** The background session's name, else null. */
  readonly identifier: string | null
  readonly settings: Settings
  readonly engine: Readonly<EngineOptions>
  readonly bearer: BearerOptions | null
  readonly credentialStorage: CredentialStorage | null
  readonly cache: ResponseCache | null
  readonly adapters: readonly RequestAdapter[]
  readonly protocols: readonly URLProtocol[]
  readonly uploadProtocols: readonly UploadProtocol[]
  readonly networkStatus: NetworkAccessOptions['networkStatus'] | null
  readonly #options: ConfigurationOptions
  readonly #platform: PlatformOptions | null

  protected constructor(
    kind: SessionKind,
    identifier: string | null,
    given: unknown,
    platform: PlatformOptions | null = null,
  ) {
    const { rules } = new.target
    const fields = { ...FIELDS, ...rules.fields }
    const options = checkOptions('SessionConfiguration', fields, given ?? {}) as ConfigurationOptions
    platform?.assertCan(options)
    this.kind = kind
    this.identifier = identifier
    this.#options = options
    this.#platform = platform
    this.settings = deepFreeze({ ...settingsOf(kind, options, rules), ...rules.settings(options) })
    this.engine = Object.freeze({ ...options.engine })
    this.bearer = options.bearer ?? null
    this.credentialStorage = options.credentialStorage ?? null
    this.cache = options.cache ?? null
    this.adapters = Object.freeze([...(options.adapters ?? [])])
    this.protocols = Object.freeze([...(options.protocols ?? [])])
    this.uploadProtocols = Object.freeze([...(options.uploadProtocols ?? [])])
    this.networkStatus = options.networkStatus ?? null
    if (kind === 'background' && this.protocols.length > 0)
      throw new TypeError(
        'SessionConfiguration: "protocols" cannot be used by a background session, whose transfers go on without it',
      )
    Object.freeze(this)
  }

  /** Records and files shared by the pages of an origin; transfers end with the page. */
  static default(options?: ConfigurationOptions): SessionConfiguration {
    return new this('default', null, options)
  }

  /** Nothing is remembered: records in memory, no cookies unless asked for, no browser's cache, temporary files removed at the end. */
  static ephemeral(options?: ConfigurationOptions): SessionConfiguration {
    return new this('ephemeral', null, options)
  }

  /**
   * Transfers go on after a reload, a crash or a restart, whenever a session with the same
   * identifier is made again. One tab or process at a time holds an identifier.
   * @param identifier 1 to 150 characters, unique in your app.
   */
  static background(identifier: string, options?: ConfigurationOptions): SessionConfiguration {
    backgroundNamespace(identifier)
    return new this('background', identifier, options)
  }

  /** An independent copy, with some options changed. */
  copy(changes: ConfigurationOptions = {}): SessionConfiguration {
    const { constructor } = this as unknown as { constructor: typeof SessionConfiguration }
    return new constructor(this.kind, this.identifier, { ...this.#options, ...changes }, this.#platform)
  }

  /**
   * The options that were set and are ignored here, or do less than they say, each with its reason; empty where all are followed as they
   * are. Only `session.configuration` knows, since it depends on the platform under the session: null in others.
   */
  get effective(): readonly EffectiveOption[] | null {
    return this.#platform && deepFreeze(effectiveOptions(this.kind, this.#options, this.#platform.notes))
  }

  /** @internal The session's own copy of what was given: a configuration, or options for a default one. */
  static from(
    given: SessionConfiguration | ConfigurationOptions | undefined,
    platform: PlatformOptions | null = null,
  ): SessionConfiguration {
    if (!(given instanceof SessionConfiguration)) return new this('default', null, given, platform)
    return new this(given.kind, given.identifier, given.#options, platform)
  }
}

function settingsOf(
  kind: SessionKind,
  options: ConfigurationOptions,
  { credentials }: NetworkRules,
): Omit<Settings, 'proxy' | 'tls'> {
  // What was left undefined is not there any more: nothing of it undoes a default.
  const retry = { attempts: 10, baseDelay: 500, maximumDelay: 30_000, ...options.retry }
  const cookies = cookieSettings(options.cookies, kind !== 'ephemeral')
  return {
    headers: [...new Headers(options.headers)],
    timeout: { request: 60_000, resource: 604_800_000, ...options.timeout },
    waitsForConnectivity: kind === 'background' || (options.waitsForConnectivity ?? false),
    connectionsPerHost: options.connectionsPerHost ?? 4,
    dataConnectionsPerHost: options.connectionsPerHost ?? Number.POSITIVE_INFINITY,
    credentials: credentials(
      options.credentials ?? (kind === 'ephemeral' && !options.cookies ? 'omit' : 'same-origin'),
      cookies,
    ),
    credentialsChosen: !!options.credentials,
    cookies,
    cachePolicy: options.cachePolicy ?? (kind === 'ephemeral' && !options.cache ? 'no-store' : 'default'),
    redirect: options.redirect ?? 'follow',
    retry,
    dataRetry: { ...retry, attempts: options.retry?.attempts ?? 3 },
    transportSecurity: structuredClone({ allowsArbitraryLoads: false, exceptions: {}, ...options.transportSecurity }),
    networkAccess: { cellular: true, expensive: true, constrained: true, ...options.networkAccess },
    discretionary: options.discretionary ?? false,
    priority: options.priority ?? 0.5,
    directory: options.directory ?? null,
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.values(value).forEach(deepFreeze)
    Object.freeze(value)
  }
  return value
}

function areAdapters(value: unknown): boolean {
  const isAdapter = (one: RequestAdapter | null): boolean =>
    typeof one?.adapt === 'function' || typeof one?.retry === 'function'
  return Array.isArray(value) && value.every(isAdapter)
}

function isBearer(value: unknown): boolean {
  const { origins, token, refresh } = (value ?? {}) as Partial<BearerOptions>
  return Array.isArray(origins) && typeof token === 'function' && typeof refresh === 'function'
}

function has(value: unknown, method: string): boolean {
  return typeof value === 'object' && value !== null && method in value
}

function areProtocols(value: unknown): boolean {
  const isProtocol = (one: URLProtocol | null): boolean =>
    typeof one?.accepts === 'function' && typeof one.load === 'function'
  return Array.isArray(value) && value.every(isProtocol)
}

function isHeaders(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  try {
    new Headers(value as HeadersInit)
    return true
  } catch {
    return false
  }
}
