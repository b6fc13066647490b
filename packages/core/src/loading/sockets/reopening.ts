/** When a WebSocket that was lost is made again, and after how long. */
import type { Settings } from '../../model/configuration.ts'
import { describeCause, URLError } from '../../model/url-error.ts'
import type { Reconnect } from '../../model/web-socket-options.ts'
import type { SocketEnd } from '../../ports/socket-transport.ts'
import { backoffDelay } from '../retry.ts'

/** The server goes away or is in trouble, or said nothing; all others mean that it would end the same way (RFC 6455 §7.4.1). */
const PASSING = new Set([1001, 1005, 1011, 1012, 1013, 1014])
const STABLE = 10_000

export class Reopening {
  readonly #rules: Reconnect | null
  readonly #retry: Settings['retry']
  /** Losses and failures since the last good connection. */
  #failures = 0

  constructor(rules: Reconnect | null, { retry }: Pick<Settings, 'retry'>) {
    this.#rules = rules
    // A chat is to outlive a long tunnel: who wants an end says so.
    this.#retry = { ...retry, attempts: Infinity, ...rules }
  }

  /** How many attempts were made since the last good connection. */
  get attempt(): number {
    return this.#failures
  }

  /** After a connection that could not be had. */
  afterFailure(error: URLError, chance: number): number | null {
    return error.retryable ? this.#delay(chance) : null
  }

  /**
   * After a connection that ended.
   * @param code Of the close frame, or null where there was none. @param error Why, where the platform tells.
   * @param lived Milliseconds.
   * @returns The delay, or null where this was the end.
   * @throws {URLError} `delegateFailed`: whoever was to decide threw.
   */
  afterLoss({ code, reason, error, handOver }: SocketEnd, lived: number, chance: number): number | null {
    // What came was too long, or no WebSocket at all: it would end the same way.
    if (!this.#rules || error?.retryable === false) return null
    // The server has done nothing, and is asked by one tab alone.
    if (handOver) return 0
    if (lived >= (this.#rules.stableAfter ?? STABLE)) this.#failures = 0
    const again = code === null || (this.#asked(code, reason) ?? PASSING.has(code))
    return again ? this.#delay(chance) : null
  }

  #asked(code: number, reason: string): boolean | undefined {
    try {
      return this.#rules?.reopens?.(code, reason)
    } catch (cause) {
      const why = `reconnect.reopens: ${describeCause(cause) ?? 'it threw'}`
      throw new URLError('delegateFailed', { phase: 'body', why, cause })
    }
  }

  #delay(chance: number): number | null {
    if (!this.#rules || this.#failures >= this.#retry.attempts) return null
    this.#failures += 1
    return backoffDelay(this.#failures, chance, this.#retry)
  }
}
