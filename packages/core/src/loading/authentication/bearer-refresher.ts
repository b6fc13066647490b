/**
 * Owns bearer tokens (RFC 6750) and their renewal: however many requests are refused at once, in however many tabs, the token
 * is renewed once. Refresh tokens are often good for one use, so a second renewal at the same time logs the user out.
 */
import type { BearerOptions } from '../../model/bearer-options.ts'
import { URLError } from '../../model/url-error.ts'
import type { Clock } from '../../ports/clock.ts'

/** Runs `work` while nobody else runs anything under that name. */
export type WithLock = <T>(name: string, work: () => Promise<T>) => Promise<T>

export interface BearerParts {
  /** Between the tabs of an origin; where there are none, it just runs the work. */
  readonly withLock: WithLock
  readonly clock: Clock
}

/** A token this young that is refused is not renewed: the server would refuse the next one too. In milliseconds. */
const YOUNG = 5000
/** How long each step of a renewal may take before it is given up, so that it does not hold up every tab; in milliseconds. */
const PATIENCE = 60_000

export class BearerRefresher {
  readonly #options: BearerOptions
  readonly #parts: BearerParts
  readonly #origins: ReadonlySet<string>
  #flight: Promise<string | null> | null = null
  #last: Renewal | null = null

  /** @throws {TypeError} that names the option. */
  constructor(options: BearerOptions, parts: BearerParts) {
    for (const name of ['token', 'refresh'] as const)
      if (typeof options[name] !== 'function') throw new TypeError(`bearer: option "${name}" was no function`)
    this.#options = options
    this.#parts = parts
    this.#origins = new Set(originsOf(options.origins))
  }

  /** True when the token may be sent there. */
  covers(url: string): boolean {
    return this.#origins.has(new URL(url).origin)
  }

  /**
   * The token for the next request, or null for none.
   * @throws {URLError} `userAuthenticationRequired` when `token` fails or gives what no header can carry.
   */
  async token(): Promise<string | null> {
    return this.#best(await this.#current(() => this.#options.token()))
  }

  /** A `token` that does not yet know of the renewal must not cause another one. */
  #best(token: string | null): string | null {
    const { refused, renewed } = this.#last ?? {}
    return token !== null && token === refused && renewed ? renewed : token
  }

  /**
   * Another token than the refused one (null: none was sent). Null when that one is too young for it.
   * @throws {URLError} `userAuthenticationRequired` with its cause, to everybody who waits, when `refresh` fails.
   */
  renew(refused: string | null): Promise<string | null> {
    this.#flight ??= this.#renew(refused).finally(() => {
      this.#flight = null
    })
    return this.#flight
  }

  async #renew(refused: string | null): Promise<string | null> {
    const known = await this.#judge(refused)
    if (known !== undefined) return known
    return this.#parts.withLock(this.#lockName, async () => {
      // Whoever held the lock has most likely renewed it.
      const now = await this.#judge(refused)
      return now === undefined ? this.#refresh(refused) : now
    })
  }

  /** What there is to say without a renewal: another token, or null; undefined when it takes one. */
  async #judge(refused: string | null): Promise<string | null | undefined> {
    const last = this.#last
    // Whoever holds the lock must not wait for ever.
    const token = this.#best(await this.#current(() => this.#inTime(this.#options.token())))
    if (token !== null && token !== refused) {
      // Found, so somebody else has just got it: if it is refused as well, that is no reason to renew it again.
      if (token !== last?.renewed) this.#remember({ refused, renewed: token, error: null })
      return token
    }
    if (!last || this.#parts.clock.now() - last.at >= YOUNG) return undefined
    if (last.error && last.refused === refused) throw last.error
    return last.renewed !== null && last.renewed === refused ? null : undefined
  }

  async #refresh(refused: string | null): Promise<string> {
    try {
      const renewed = checked('refresh', await this.#inTime(this.#options.refresh()))
      this.#remember({ refused, renewed, error: null })
      return renewed
    } catch (cause) {
      const error = required('its token could not be renewed', cause)
      this.#remember({ refused, renewed: null, error })
      throw error
    }
  }

  #remember(renewal: Omit<Renewal, 'at'>): void {
    this.#last = { ...renewal, at: this.#parts.clock.now() }
  }

  async #current(ask: BearerOptions['token']): Promise<string | null> {
    try {
      const token = await ask()
      return token === null || token === undefined ? null : checked('token', token)
    } catch (cause) {
      throw required('its token could not be read', cause)
    }
  }

  #inTime<T>(work: T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const disarm = this.#parts.clock.after(PATIENCE, () => reject(new URLError('timedOut', { phase: 'response' })))
      void Promise.resolve(work).then(resolve, reject).finally(disarm)
    })
  }

  get #lockName(): string {
    return `urlsession:bearer:${[...this.#origins].toSorted().join(' ')}`
  }
}

interface Renewal {
  readonly refused: string | null
  readonly renewed: string | null
  readonly error: URLError | null
  readonly at: number
}

const required = (why: string, cause: unknown): URLError =>
  new URLError('userAuthenticationRequired', { phase: 'response', why, cause })

/** Not shown in the message: it may be most of a token. */
function checked(name: string, token: unknown): string {
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token
  throw new TypeError(`bearer: "${name}" gave no token: text of visible ASCII characters`)
}

function originsOf(given: unknown): string[] {
  const list: unknown[] = Array.isArray(given) ? given : []
  const origins = list.map((one) => URL.parse(String(one)))
  const good = origins.filter((url) => url !== null && /^https?:$/.test(url.protocol)).map((url) => url?.origin ?? '')
  if (good.length === 0 || good.length < list.length)
    throw new TypeError(
      `bearer: option "origins" was ${JSON.stringify(given)?.slice(0, 200)}; allowed is a list of origins such as "https://api.example"`,
    )
  return good
}
