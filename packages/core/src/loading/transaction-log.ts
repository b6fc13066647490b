/** What a transfer's requests cost, for its metrics; the newest only, so that a long fight does not fill the memory. */
import type { TaskMetrics, TransactionMetrics } from '../model/metrics.ts'

const KEPT = 100

export class TransactionLog {
  #transactions: readonly TransactionMetrics[] = []
  #count = 0

  /** How many requests there were. */
  get count(): number {
    return this.#count
  }

  add(transaction: TransactionMetrics): void {
    this.#count += 1
    this.#transactions = [...this.#transactions, transaction].slice(-KEPT)
  }

  metrics(start: number, end: number): TaskMetrics {
    const redirectCount = this.#transactions.reduce((sum, one) => sum + one.redirectCount, 0)
    return { start, end, redirectCount, transactions: this.#transactions }
  }
}
