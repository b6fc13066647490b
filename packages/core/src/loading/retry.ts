/** When to try again. Pure: time and chance are arguments. */
import type { Settings } from '../model/configuration.ts'

/** Statuses that say "not now" rather than "no" (RFC 9110 §15, RFC 6585 §4, RFC 8470 §5.2). */
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504])

export const isTransientStatus = (status: number): boolean => TRANSIENT.has(status)

/**
 * Full jitter: anything from 0 to the ceiling, which doubles with each failure in a row.
 * @param failures Failures so far, 1 or more.
 * @param chance A number in [0, 1).
 */
export function backoffDelay(failures: number, chance: number, policy: Settings['retry']): number {
  const ceiling = Math.min(policy.maximumDelay, policy.baseDelay * 2 ** Math.min(failures - 1, 30))
  return Math.round(chance * ceiling)
}

/**
 * Retry-After in milliseconds from now: seconds or an HTTP date (RFC 9110 §10.2.3); null when it is
 * absent or neither. A date in the past is 0.
 */
export function parseRetryAfter(text: string | null, now: number): number | null {
  const value = text?.trim() ?? ''
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000
  // Every HTTP date ends in GMT or a four-digit year (asctime); Date.parse alone would take far more.
  if (!/(GMT|\d{4})$/.test(value)) return null
  const at = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}
