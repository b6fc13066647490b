/**
 * Owns what a session may be told about the network under it: proxy, TLS, cookies. Only Node can do as told; a browser has its
 * own of all three, and `assertBrowserCan` says so before anything is sent: the rules for proxy and TLS are Node's.
 */
import type { CookieJar } from './cookie-jar.ts'
import { choice, leaf, yesOrNo, type Fields, type Leaf } from './options.ts'
import { URLError } from './url-error.ts'

/** A proxy, and who is reached without it. */
export interface ProxyOptions {
  /**
   * `http://`, `https://`, `socks5://` (names are looked up here) or `socks5h://` (by the proxy), with user and password in it where
   * the proxy wants them. SOCKS needs the package `socks`.
   */
  url: string | URL
  /**
   * Hosts that are asked directly, as in NO_PROXY: `example.com` (with all below it), `host:8080`, `10.0.0.0/8`, `[::1]`, `*`;
   * in one text with commas, or a list. Default: none, so that even localhost is reached by way of the proxy.
   */
  bypass?: string | readonly string[]
}

/** Keys that a domain's certificates must have one of. */
export interface PinnedDomain {
  /** `sha256-` and the base64 of the SHA-256 of a SubjectPublicKeyInfo (RFC 7469 §2.4): of the server's certificate, or of one that vouches for it. */
  keys: readonly string[]
  /** Also for every name below this domain. Default false. */
  includesSubdomains?: boolean
}

/** PEM: text, or the bytes of one. */
export type PEM = string | Uint8Array

export interface TLSOptions {
  /** The oldest TLS that is spoken. Default `'TLSv1.2'`. */
  minVersion?: 'TLSv1.2' | 'TLSv1.3'
  /** Certificate authorities that are trusted besides those of Node; PEM, also several in one. */
  ca?: PEM | readonly PEM[]
  /** The client's certificate, with those between it and its root; PEM. Shown to servers that ask for one, not to proxies. */
  cert?: PEM
  /** The private key of `cert`; PEM. */
  key?: PEM
  /** Opens `key` where it is encrypted. */
  passphrase?: string
  /** By domain, lower case, without port: `{ 'example.com': { keys: ['sha256-…'] } }`. Default: none. */
  pinned?: { readonly [domain: string]: PinnedDomain }
}

export interface CookieOptions {
  /**
   * Which cookies of answers are kept: default `'always'`. `'main-document-only'` keeps those of the site that the request was first
   * sent to, and none of the sites it is redirected to. A browser can only do without (`'never'`), and then sends none
   * either, whatever a request's `credentials` say.
   */
  accept?: 'always' | 'never' | 'main-document-only'
  /** Whether kept cookies are sent. Default true. */
  set?: boolean
  /**
   * Node: where they are kept, a `URLCookieStorage`: `new URLCookieStorage()` is one in memory, and sessions that are given the same one share
   * it. Default: that of the state directory; of an ephemeral session one of its own.
   */
  storage?: CookieJar
}

type CookieSettings = Readonly<Required<Omit<CookieOptions, 'storage'>> & Pick<CookieOptions, 'storage'>> & {
  readonly remembered: boolean
}

/** The network options as they are in force; plain data, but for `cookies.storage`. Null where nothing was said. */
export interface NetworkSettings {
  readonly proxy: 'environment' | 'none' | { readonly url: string; readonly bypass: string } | null
  readonly tls: TLSSettings | null
  readonly cookies: CookieSettings | null
}

export interface TLSSettings extends Pick<TLSOptions, 'minVersion' | 'pinned'> {
  /** PEM texts. */
  readonly ca: readonly string[]
  readonly cert: string | null
  readonly key: string | null
  readonly passphrase: string | null
}

export interface NetworkOptions {
  /**
   * Node: the proxy that requests go through. `'environment'`: as HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say. Default
   * `'none'`, or `'environment'` where Node itself was told so (NODE_USE_ENV_PROXY=1). Browsers use the system's: there, anything
   * but `'none'` and `'environment'` fails with `unsupportedByPlatform`.
   */
  proxy?: 'environment' | 'none' | (string & {}) | URL | ProxyOptions
  /** Node: what servers must prove, and how this client proves itself. In browsers it fails with `unsupportedByPlatform`. */
  tls?: TLSOptions
  /**
   * Node: with this option, even an empty one, the session keeps cookies; it needs the package `tough-cookie`. Default and background
   * sessions of a state directory share them and remember them; an ephemeral session has its own, in memory; another place can be
   * given. Those on disk are to be seen and changed by `await openCookieStorage()`. Default: no cookies. Browsers have their own: see `credentials`.
   */
  cookies?: CookieOptions
}

/** What a platform that can do as told makes of `proxy` and `tls`: what may be said, also of cookies, and the settings that come of it. */
export interface NetworkRules {
  readonly fields: Fields
  readonly settings: (options: NetworkOptions) => Pick<NetworkSettings, 'proxy' | 'tls'>
  /** What the session's `credentials` are, by what was chosen of cookies. */
  readonly credentials: <Mode>(mode: Mode, cookies: NetworkSettings['cookies']) => Mode | 'omit'
}

// What a browser refuses altogether it need not be able to read.
const ANYTHING: Leaf = leaf('', () => true)
const isOfThePlatform = (proxy: NetworkOptions['proxy']): proxy is 'environment' | 'none' =>
  proxy === 'environment' || proxy === 'none'

/** What a browser's `credentials` must be, so that it does not keep cookies, or not send them, where that was asked for. */
export const browserCredentials = <Mode>(mode: Mode, cookies: NetworkSettings['cookies']): Mode | 'omit' =>
  cookies && (cookies.accept === 'never' || !cookies.set) ? 'omit' : mode

/** Of a browser: see `assertBrowserCan`. */
export const BROWSER_RULES: NetworkRules = {
  fields: { proxy: ANYTHING, tls: ANYTHING },
  settings: ({ proxy }) => ({ proxy: isOfThePlatform(proxy) ? proxy : null, tls: null }),
  credentials: browserCredentials,
}

export const COOKIE_CHOICES: Fields = { accept: choice('always', 'never', 'main-document-only'), set: yesOrNo() }

/** What was chosen, with the defaults. `remembered`: whether cookies outlive the session. */
export const cookieSettings = (cookies: CookieOptions | undefined, remembered: boolean): NetworkSettings['cookies'] =>
  cookies ? { accept: 'always', set: true, ...cookies, remembered } : null

/** @throws {URLError} `unsupportedByPlatform` for a proxy or TLS options: in a browser, both are the user's. */
export function assertBrowserCan({ proxy, tls }: NetworkOptions): void {
  const chosen = proxy !== undefined && !isOfThePlatform(proxy) ? 'a proxy' : tls === undefined ? null : 'TLS options'
  if (chosen !== null)
    throw new URLError('unsupportedByPlatform', {
      phase: 'setup',
      why: `the configuration has ${chosen}, and a browser uses its own`,
      hint: 'leave it away here, or run this session in Node',
    })
}
