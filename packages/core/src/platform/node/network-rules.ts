/**
 * Owns what may be said of proxy, TLS and the place of cookies, and what comes of it. Here, since a browser refuses both unread: a page loads none of these rules.
 */
import { isString } from '../../model/checks.ts'
import {
  COOKIE_CHOICES,
  type NetworkOptions,
  type NetworkRules,
  type NetworkSettings,
  type PEM,
  type TLSOptions,
  type TLSSettings,
} from '../../model/network-options.ts'
import { byDomain, choice, fits, group, leaf, secret, yesOrNo, type Fields } from '../../model/options.ts'
import { URLCookieStorage } from './cookie-storage.ts'

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

export const NODE_RULES: NetworkRules = {
  fields: {
    // A URL without a scheme looks like anything, and may hold a password all the same.
    proxy: secret('"environment", "none", a URL with http, https, socks5 or socks5h, or { url, bypass }', isProxy),
    cookies: group({
      ...COOKIE_CHOICES,
      storage: leaf('a URLCookieStorage', (value) => value instanceof URLCookieStorage),
    }),
    tls: group({
      minVersion: choice('TLSv1.2', 'TLSv1.3'),
      ca: pem(true),
      cert: pem(false),
      key: pem(false),
      passphrase: secret('a text', isString),
      pinned: byDomain('{ keys: ["sha256-" and base64], includesSubdomains? }', PIN, 'keys'),
    }),
  },
  settings: ({ proxy, tls }) => ({
    proxy: proxy === undefined ? null : proxySettings(proxy),
    tls: tls === undefined ? null : tlsSettings(tls),
  }),
  // Cookies are kept and sent by rules of their own here.
  credentials: (mode) => mode,
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
