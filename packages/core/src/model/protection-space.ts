/**
 * Owns what asks for credentials and how: protection spaces (RFC 9110 §11.5), the challenge that a delegate is shown, and
 * what it may answer. All of it is plain data, so that it crosses to a worker and back.
 */
import { isFlag, isLine, isWhole } from './checks.ts'
import type { URLCredential } from './credential.ts'

/** A part of a server, or a proxy, that takes the same credentials everywhere. */
export interface URLProtectionSpace {
  /** As in a URL: lower case, IPv6 in brackets. */
  readonly host: string
  readonly port: number
  readonly protocol: 'http' | 'https' | 'ftp'
  /** The server's own name for it, to be shown to people; null where the scheme has none. */
  readonly realm: string | null
  /** The scheme: `'basic'`, `'digest'`, `'bearer'`, or another in lower case. */
  readonly authenticationMethod: 'basic' | 'digest' | 'bearer' | (string & {})
  /** True when a proxy asks (407), false when the server does (401). */
  readonly isProxy: boolean
}

/** What a delegate is asked: who wants credentials, which ones are at hand, and what went wrong before. */
export interface URLAuthenticationChallenge {
  readonly protectionSpace: URLProtectionSpace
  /** From the URL's user info or the storage: what `'default'` uses, unless it was already refused. */
  readonly proposedCredential: URLCredential | null
  /** Credentials that this space has refused for this request so far. */
  readonly previousFailureCount: number
  /** The head of the response that asks. */
  readonly failureResponse: ChallengeResponse | null
  readonly error: null
}

/** The head of a 401 or 407. */
export interface ChallengeResponse {
  readonly status: number
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
}

/**
 * `{ use: credential }` tries it; `{ use: null }` goes on without, so that the 401 is the response; `'default'` does as if
 * nobody had been asked; `'cancel'` ends the request with `cancelled`; `'reject'` goes on to the next scheme offered.
 */
export type ChallengeDisposition = { readonly use: URLCredential | null } | 'default' | 'cancel' | 'reject'

const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ftp: 21 }

/** The space of a URL's host. @throws {TypeError} for URLs that have none. */
export function protectionSpace(
  url: string | URL,
  realm: string | null,
  authenticationMethod: string,
  isProxy = false,
): URLProtectionSpace {
  const { protocol, hostname, port } = new URL(url)
  const name = protocol.slice(0, -1)
  return normalSpace({
    host: hostname,
    port: port === '' ? (PORTS[name] ?? 0) : Number(port),
    protocol: name as URLProtectionSpace['protocol'],
    realm,
    authenticationMethod,
    isProxy,
  })
}

/** A frozen copy in the one spelling. @throws {TypeError} that names the field. */
export function normalSpace(given: URLProtectionSpace): URLProtectionSpace {
  const { host, port, protocol, realm, authenticationMethod, isProxy } = given
  if (!isLine(host) || host === '') throw new TypeError('protection space: "host" was no name of a host')
  if (!isWhole(port, 1, 65_535)) throw new TypeError(`protection space: "port" was ${port}; allowed is 1 to 65535`)
  if (!Object.hasOwn(PORTS, protocol))
    throw new TypeError('protection space: "protocol" was something else; allowed is "http", "https" or "ftp"')
  if (realm !== null && !isLine(realm)) throw new TypeError('protection space: "realm" was neither text nor null')
  if (!isLine(authenticationMethod) || authenticationMethod === '')
    throw new TypeError('protection space: "authenticationMethod" was no name of a scheme')
  if (!isFlag(isProxy)) throw new TypeError('protection space: "isProxy" was neither true nor false')
  return Object.freeze({
    host: host.toLowerCase(),
    port,
    protocol,
    realm,
    authenticationMethod: authenticationMethod.toLowerCase(),
    isProxy,
  })
}

/** A text that two spaces share exactly when they are the same. */
export function spaceKey(space: URLProtectionSpace): string {
  const { host, port, protocol, realm, authenticationMethod, isProxy } = normalSpace(space)
  return JSON.stringify([protocol, host, port, authenticationMethod, realm, isProxy])
}
