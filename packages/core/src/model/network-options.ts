/**
 * Owns what a session may be told about the network under it: proxy, TLS, cookies. Only Node can do as told; a browser has its
 * own of all three, and `assertBrowserCan` says so before anything is sent.
 */
import { isString } from './checks.ts'
import { byDomain, choice, fits, group, leaf, secret, yesOrNo, type Fields } from './options.ts'
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
   * sent to, and none of the sites it is redirected to. A browser can only do without (`'never'`), and then sends none either.
   */
  accept?: 'always' | 'never' | 'main-document-only'
  /** Whether kept cookies are sent. Default true. */
  set?: boolean
}

/** The network options as they are in force; plain data. Null where nothing was said. */
export interface NetworkSettings {
  readonly proxy: 'environment' | 'none' | { readonly url: string; readonly bypass: string } | null
  readonly tls: TLSSettings | null
  readonly cookies: (Readonly<Required<CookieOptions>> & { readonly remembered: boolean }) | null
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
   * sessions of a state directory share them and remember them; an ephemeral session has its own, in memory. Default: no cookies.
   * Browsers have their own: see `credentials`.
   */
  cookies?: CookieOptions
}

const isList = (value: unknown): value is string[] => Array.isArray(value) && value.every(isString)
const textOf = (pem: PEM): string => (isString(pem) ? pem : new TextDecoder().decode(pem))
const isPEM = (value: unknown): boolean =>
  (isString(value) || value instanceof Uint8Array) && textOf(value).includes('-----BEGIN ')

const isProxyURL = (value: unknown): boolean =>
  (isString(value) || value instanceof URL) && /^(https?|socks5h?):$/.test(URL.parse(value)?.protocol ?? '')

const PROXY: Fields = {
  url: secret('', isProxyURL),
  bypass: leaf('', (value) => isString(value) || isList(value)),
}

const isProxy = (value: unknown): boolean =>
  value === 'environment' ||
  value === 'none' ||
  isProxyURL(value) ||
  (!(value instanceof URL) && fits(PROXY, value) && 'url' in (value as object))

const PIN: Fields = {
  keys: leaf(
    '',
    (value) => isList(value) && value.length > 0 && value.every((key) => /^sha256-[A-Za-z0-9+/]{43}=$/.test(key)),
  ),
  includesSubdomains: yesOrNo(),
}

const pem = (several: boolean): ReturnType<typeof secret> =>
  secret('PEM: text or bytes that hold "-----BEGIN …"', (value) =>
    several && Array.isArray(value) ? value.every(isPEM) : isPEM(value),
  )

/** The options of the network in a configuration. */
export const NETWORK_FIELDS: Fields = {
  // A URL without a scheme looks like anything, and may hold a password all the same.
  proxy: secret('"environment", "none", a URL with http, https, socks5 or socks5h, or { url, bypass }', isProxy),
  tls: group('{ minVersion, ca, cert, key, passphrase, pinned }', {
    minVersion: choice('TLSv1.2', 'TLSv1.3'),
    ca: pem(true),
    cert: pem(false),
    key: pem(false),
    passphrase: secret('a text', isString),
    pinned: byDomain('{ keys: ["sha256-" and base64], includesSubdomains? }', PIN, 'keys'),
  }),
  cookies: group('{ accept, set }', { accept: choice('always', 'never', 'main-document-only'), set: yesOrNo() }),
}

/** What was chosen, as plain data of our own. `remembered`: whether cookies outlive the session. */
export function networkSettings({ proxy, tls, cookies }: NetworkOptions, remembered: boolean): NetworkSettings {
  return {
    proxy: proxy === undefined ? null : proxySettings(proxy),
    tls: tls === undefined ? null : tlsSettings(tls),
    cookies:
      cookies === undefined ? null : { accept: cookies.accept ?? 'always', set: cookies.set ?? true, remembered },
  }
}

function proxySettings(proxy: NonNullable<NetworkOptions['proxy']>): NetworkSettings['proxy'] {
  if (proxy === 'environment' || proxy === 'none') return proxy
  const { url, bypass = '' } = isString(proxy) || proxy instanceof URL ? { url: proxy } : proxy
  return { url: String(url), bypass: isString(bypass) ? bypass : bypass.join() }
}

function tlsSettings({ ca = [], cert, key, passphrase, ...rest }: TLSOptions): TLSSettings {
  return {
    ...structuredClone(rest),
    ca: (Array.isArray(ca) ? (ca as PEM[]) : [ca as PEM]).map(textOf),
    cert: cert === undefined ? null : textOf(cert),
    key: key === undefined ? null : textOf(key),
    passphrase: passphrase ?? null,
  }
}

/** @throws {URLError} `unsupportedByPlatform` for a proxy or TLS options: in a browser, both are the user's. */
export function assertBrowserCan({ proxy, tls }: Pick<NetworkSettings, 'proxy' | 'tls'>): void {
  const chosen = typeof proxy === 'object' && proxy ? 'a proxy' : tls ? 'TLS options' : null
  if (chosen !== null)
    throw new URLError('unsupportedByPlatform', {
      phase: 'setup',
      why: `the configuration has ${chosen}, and a browser uses its own`,
      hint: 'leave it away here, or run this session in Node',
    })
}

/** What a browser's `credentials` must be, so that it does not keep cookies, or not send them, where that was asked for. */
export const browserCredentials = <Mode>(mode: Mode, cookies: NetworkSettings['cookies']): Mode | 'omit' =>
  cookies && (cookies.accept === 'never' || !cookies.set) ? 'omit' : mode
