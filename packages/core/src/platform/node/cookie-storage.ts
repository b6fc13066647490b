/**
 * Owns: the cookies of sessions in Node. Why around tough-cookie: which domains may set what is a list that changes every month, and
 * RFC 6265bis has enough corners for a package of its own. It is loaded with the first cookie that is asked for.
 */
import type { Cookie, CookieJar } from 'tough-cookie'
import type { RecordStore } from '../../ports/record-store.ts'
import { URLError } from '../../model/url-error.ts'
import {
  setCookieText,
  shownCookie,
  type CookiePlace,
  type HTTPCookie,
  type HTTPCookieProperties,
} from './cookie-values.ts'
import { missingPeer } from './missing-peer.ts'

type Tough = typeof import('tough-cookie')

interface Opened {
  readonly tough: Tough
  readonly jar: CookieJar
}

/** Where cookies are kept between processes, one record each. */
export type CookieRecords = () => Promise<RecordStore>

const PREFIX = 'cookie/'

/**
 * The cookies that sessions share: those of one state directory, or of one ephemeral session.
 *
 * All methods fail with `unsupportedByPlatform` when the package `tough-cookie` is not installed. Cookies with an expiry are
 * remembered on disk, unencrypted, in a folder only its owner may open; another process sees them when it starts.
 */
export class URLCookieStorage {
  readonly #records: CookieRecords | null
  #opening: Promise<Opened> | null = null
  /** Records are written one after another, behind the caller's back: nobody waits for a disk to get an answer. */
  #writing: Promise<void> = Promise.resolve()
  #failure: unknown = null

  /** @param records Without them nothing is remembered. */
  constructor(records: CookieRecords | null = null) {
    this.#records = records
  }

  /** Every cookie, the oldest first. */
  async cookies(): Promise<HTTPCookie[]> {
    const all = await this.#all()
    return all.map(shownCookie).toSorted((left, right) => left.createdAt.getTime() - right.createdAt.getTime())
  }

  /** The cookies that a request for this URL would be sent with, in that order: longer paths first, then older ones. */
  async cookiesFor(url: string | URL): Promise<HTTPCookie[]> {
    const { jar } = await this.#open()
    return (await jar.getCookies(String(url))).map(shownCookie)
  }

  /** The cookie of this name that is sent to this URL, or null. */
  async get(name: string, url: string | URL): Promise<HTTPCookie | null> {
    return (await this.cookiesFor(url)).find((cookie) => cookie.name === name) ?? null
  }

  /**
   * Sets a cookie as a server at this URL would: by its properties, or by the text of a Set-Cookie header. It replaces the one of the
   * same name, domain and path; one that has expired removes it.
   * @returns False where a server may not set this: another site's domain, a public suffix, `Secure` over http.
   * @throws {TypeError} for properties that no cookie can have.
   */
  async set(cookie: HTTPCookieProperties | string, url: string | URL): Promise<boolean> {
    const text = typeof cookie === 'string' ? cookie : setCookieText(cookie)
    const { jar, tough } = await this.#open()
    const parsed = tough.Cookie.parse(text)
    const set = parsed && (await jar.setCookie(absolute(parsed), String(url), { ignoreError: true }))
    if (!set) return false
    const kept = isAlive(set)
    if (!kept) await jar.store.removeCookie(set.domain, set.path, set.key)
    const lasting = kept && set.isPersistent()
    this.#write((records) => (lasting ? records.set(keyOf(set), set.toJSON()) : records.delete(keyOf(set))))
    return true
  }

  async remove({ name, domain, path }: CookiePlace): Promise<void> {
    const { jar } = await this.#open()
    const [found] = (await this.#all()).filter(
      (one) => one.key === name && one.domain === domain.toLowerCase().replace(/^\./, '') && one.path === path,
    )
    if (!found) return
    await jar.store.removeCookie(found.domain, found.path, found.key)
    this.#write((records) => records.delete(keyOf(found)))
  }

  /** Removes every cookie that was first set at this moment or later. */
  async removeSince(date: Date): Promise<void> {
    for (const cookie of await this.cookies()) if (cookie.createdAt >= date) await this.remove(cookie)
  }

  /**
   * Resolves when all that was set or removed is on disk.
   * @throws {URLError} `cannotWriteToFile`, `noSpaceLeft`: the first failure since the last call. The cookies are in memory all the same.
   */
  async flush(): Promise<void> {
    await this.#writing
    const failure = this.#failure
    this.#failure = null
    if (failure !== null) throw URLError.from(failure, 'cannotWriteToFile')
  }

  async #all(): Promise<Cookie[]> {
    const { jar } = await this.#open()
    return (await jar.store.getAllCookies()).filter(isAlive)
  }

  /** A failure is not kept: the next call tries again. */
  #open(): Promise<Opened> {
    this.#opening ??= this.#load().catch((error: unknown) => {
      this.#opening = null
      throw error
    })
    return this.#opening
  }

  async #load(): Promise<Opened> {
    const tough = await import('tough-cookie').catch((cause: unknown) => {
      throw missingPeer('tough-cookie', 'a session with the option cookies', cause)
    })
    const jar = new tough.CookieJar(new tough.MemoryCookieStore(), { prefixSecurity: 'silent' })
    const records = await this.#records?.()
    for (const [key, value] of (await records?.entries(PREFIX)) ?? []) {
      const cookie = cookieFrom(tough, value)
      // A record that cannot be read, or has expired, is no use to anybody.
      if (cookie && isAlive(cookie)) await jar.store.putCookie(cookie)
      else this.#write((store) => store.delete(key))
    }
    return { tough, jar }
  }

  #write(work: (records: RecordStore) => Promise<void>): void {
    const records = this.#records
    if (!records) return
    this.#writing = this.#writing
      .then(async () => work(await records()))
      .catch((error: unknown) => {
        this.#failure ??= error
      })
  }
}

function cookieFrom({ Cookie: Made }: Tough, value: unknown): Cookie | null {
  if (typeof value !== 'object' || value === null) return null
  const cookie = Made.fromJSON(value)
  return cookie?.domain && cookie.path && typeof cookie.value === 'string' ? cookie : null
}

const LAST_DATE = 8_640_000_000_000_000

/** Max-Age as the moment it means: tough-cookie counts it from whenever it is asked, also after a restart. */
function absolute(cookie: Cookie): Cookie {
  const { maxAge } = cookie
  if (typeof maxAge !== 'number') return cookie
  cookie.setExpires(new Date(maxAge <= 0 ? 0 : Math.min(Date.now() + maxAge * 1000, LAST_DATE)))
  cookie.maxAge = null
  return cookie
}

const isAlive = (cookie: Cookie): boolean => (cookie.expiryTime() ?? Number.POSITIVE_INFINITY) > Date.now()

const keyOf = ({ domain, path, key }: Cookie): string => PREFIX + JSON.stringify([domain, path, key])
