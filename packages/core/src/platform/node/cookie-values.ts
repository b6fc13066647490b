/** Owns: a cookie as users see it, to and from the jar's own form. */
import type { Cookie } from 'tough-cookie'

/** One cookie (RFC 6265bis); plain data. */
export interface HTTPCookie {
  readonly name: string
  readonly value: string
  /** Lower case, without a leading dot. */
  readonly domain: string
  readonly path: string
  /** False: also sent to every name below the domain. */
  readonly hostOnly: boolean
  /** Only over https. */
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: 'strict' | 'lax' | 'none' | null
  /** Null: it ends with the process, and is never written to disk. */
  readonly expires: Date | null
  readonly createdAt: Date
}

/** What a cookie is made of; what is left out is as when a server leaves it out. */
export interface HTTPCookieProperties {
  readonly name: string
  readonly value: string
  /** Default: the URL's host alone. */
  readonly domain?: string
  /** Default `'/'`. */
  readonly path?: string
  readonly secure?: boolean
  readonly httpOnly?: boolean
  readonly sameSite?: 'strict' | 'lax' | 'none'
  readonly expires?: Date
}

/** A cookie by what makes it one of its kind. */
export type CookiePlace = Pick<HTTPCookie, 'name' | 'domain' | 'path'>

const SAME_SITE = ['strict', 'lax', 'none'] as const

export function shownCookie(cookie: Cookie): HTTPCookie {
  const expiry = cookie.expiryTime()
  return Object.freeze({
    name: cookie.key,
    value: cookie.value,
    domain: cookie.domain ?? '',
    path: cookie.path ?? '/',
    hostOnly: cookie.hostOnly ?? false,
    secure: cookie.secure,
    httpOnly: cookie.httpOnly,
    sameSite: SAME_SITE.find((one) => one === cookie.sameSite?.toLowerCase()) ?? null,
    expires: expiry === undefined || !Number.isFinite(expiry) ? null : new Date(expiry),
    createdAt: cookie.creation instanceof Date ? cookie.creation : new Date(0),
  })
}

/** The properties in the words of a Set-Cookie header, so that the jar judges them as it judges a server's. */
export function setCookieText(properties: HTTPCookieProperties): string {
  const { name, value, domain, path = '/', secure, httpOnly, sameSite, expires } = properties
  for (const text of [name, value, domain ?? '', path])
    // oxlint-disable-next-line no-control-regex -- these are what must not come through
    if (typeof text !== 'string' || /[;\x00-\x1f\x7f]/.test(text))
      throw new TypeError('a cookie: name, value, domain and path are texts without ";" and control characters')
  if (name === '' || name.includes('=')) throw new TypeError('a cookie: its name is not empty and has no "="')
  return [
    `${name}=${value}`,
    `Path=${path}`,
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    ...(expires === undefined ? [] : [`Expires=${expires.toUTCString()}`]),
    ...(secure ? ['Secure'] : []),
    ...(httpOnly ? ['HttpOnly'] : []),
    ...(sameSite === undefined ? [] : [`SameSite=${sameSite}`]),
  ].join('; ')
}
