/** Owns: which proxy a request goes through, by the session's option or by the environment's variables. */
import type { NetworkSettings } from '../../model/network-options.ts'
import { URLError } from '../../model/url-error.ts'
import { bare, isBypassed, isLoopback } from './no-proxy.ts'

export interface ChosenProxy {
  readonly protocol: 'http:' | 'https:' | 'socks5:' | 'socks5h:'
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** How messages call it: without user and password. */
  readonly shown: string
}

export type Environment = { readonly [name: string]: string | undefined }

const PORTS = { 'http:': 80, 'https:': 443, 'socks5:': 1080, 'socks5h:': 1080 }

/**
 * The proxy for this URL, or null for none.
 * @throws {URLError} `cannotConnectToHost` when a variable of the environment holds no proxy's URL.
 */
export function proxyFor(url: URL, setting: NetworkSettings['proxy'], env: Environment): ChosenProxy | null {
  const choice = setting ?? (env['NODE_USE_ENV_PROXY'] === '1' ? 'environment' : 'none')
  if (choice === 'none') return null
  if (choice === 'environment') return environmentProxy(url, env)
  return isBypassed(url, choice.bypass) ? null : parsedProxy(choice.url)
}

/** As curl and Go read them: small letters before capitals, and this machine itself is always asked directly. */
function environmentProxy(url: URL, env: Environment): ChosenProxy | null {
  const read = (name: string): string => env[name.toLowerCase()] ?? env[name] ?? ''
  if (isLoopback(url) || isBypassed(url, read('NO_PROXY'))) return null
  // A web server hands a visitor's header "Proxy" to CGI programs as HTTP_PROXY: there, nobody may choose our proxy with it.
  const plain = env['REQUEST_METHOD'] === undefined ? read('HTTP_PROXY') : (env['http_proxy'] ?? '')
  const [name, value] = url.protocol === 'https:' ? ['HTTPS_PROXY', read('HTTPS_PROXY')] : ['HTTP_PROXY', plain]
  const text = value === '' ? read('ALL_PROXY') : value
  if (text === '') return null
  const proxy = parsedProxy(text.includes('://') ? text : `http://${text}`)
  if (proxy) return proxy
  throw new URLError('cannotConnectToHost', {
    url: url.href,
    phase: 'setup',
    why: `the environment variable ${value === '' ? 'ALL_PROXY' : name} holds no URL with http, https, socks5 or socks5h`,
    hint: 'mend it, or set the option proxy to "none"',
    retryable: false,
  })
}

function parsedProxy(text: string): ChosenProxy | null {
  const url = URL.parse(text.replace(/^socks:/, 'socks5h:'))
  if (!url || !Object.hasOwn(PORTS, url.protocol) || url.hostname === '') return null
  const protocol = url.protocol as ChosenProxy['protocol']
  const port = url.port === '' ? PORTS[protocol] : Number(url.port)
  return {
    protocol,
    host: bare(url.hostname),
    port,
    user: decoded(url.username),
    password: decoded(url.password),
    shown: `${protocol}//${url.hostname}:${port}`,
  }
}

/** A percent sign that stands for itself is one. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
