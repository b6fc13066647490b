/** What a transfer's requests cost, for its metrics; the newest only, so that a long fight does not fill the memory. */
import type { TaskMetrics, TransactionMetrics } from '../model/metrics.ts'
import type { Exchange } from './loader.ts'

const KEPT = 100

export class TransactionLog {
  #transactions: readonly TransactionMetrics[] = []
  #count = 0

  /** How many attempts there were. */
  get count(): number {
    return this.#count
  }

  /** @param onTheWay True for one that did not end its attempt: see {@link passed}. */
  add(transaction: TransactionMetrics, onTheWay: boolean = false): void {
    if (!onTheWay) this.#count += 1
    this.#transactions = [...this.#transactions, transaction].slice(-KEPT)
  }

  metrics(start: number, end: number): TaskMetrics {
    const redirectCount = this.#transactions.reduce((sum, one) => sum + one.redirectCount, 0)
    return { start, end, redirectCount, transactions: this.#transactions }
  }
}

/** An answer on an attempt's way: a redirect that was followed, a challenge that was answered. */
export const passed = (
  start: number,
  end: number,
  { url, status, redirectCount, timings }: Exchange,
): TransactionMetrics => ({
  start,
  end,
  url,
  status,
  from: 0,
  bytes: 0,
  redirectCount,
  timings: timings?.()() ?? null,
  error: null,
})
