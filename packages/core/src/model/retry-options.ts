/** How often, and after how long, what failed is tried again. */
import { type Fields, milliseconds, wholeNumber } from './options.ts'

export interface RetryOptions {
  /** Attempts without a single new byte before a transfer is given up, default 10; attempts of a request, default 3. */
  attempts?: number
  /** Milliseconds; the first delay is a random part of this, doubled each time. Default 500. */
  baseDelay?: number
  /** Milliseconds; no delay is longer, but for a server's Retry-After. Default 30,000. */
  maximumDelay?: number
}

export const RETRY_FIELDS: Fields = {
  attempts: wholeNumber(1, 1000, 'attempts'),
  baseDelay: milliseconds(),
  maximumDelay: milliseconds(),
}
