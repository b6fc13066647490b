/** What a task cost, told once, before its completion. Times are milliseconds since the epoch. */
export interface TransactionMetrics {
  readonly start: number
  readonly end: number
  /** The URL that answered, or that was asked when nothing did. */
  readonly url: string
  /** The HTTP status, or null when no answer came. */
  readonly status: number | null
  /** The first byte that was asked for. */
  readonly from: number
  /** Bytes of the body that arrived, decoded. */
  readonly bytes: number
  readonly redirectCount: number
  /** Why it ended early, or null. */
  readonly error: string | null
}

export interface TaskMetrics {
  readonly start: number
  readonly end: number
  /** Redirects that could be seen, over all transactions. */
  readonly redirectCount: number
  /** One per request; only the newest 100 are kept. */
  readonly transactions: readonly TransactionMetrics[]
}
