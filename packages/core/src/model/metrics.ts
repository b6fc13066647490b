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
  /**
   * Redirects that were followed on the way here. Where a platform shows each, as Node does, they have transactions of their own; a browser
   * shows that there was one and not how many, and then this is 1.
   */
  readonly redirectCount: number
  /**
   * The body is from the session's own cache, and so are its `bytes`. `'stored'`: nothing was sent. `'revalidated'`: the server said that it
   * still holds (304). Not there where it came from the network; what a browser's own cache does is not shown.
   */
  readonly fromCache?: 'stored' | 'revalidated'
  /** Why it ended early, or null. */
  readonly error: string | null
  /**
   * The exchange's phases, sizes and connection, as far as the platform shows them: null is "not known", never 0. A browser shows none
   * of another origin without `Timing-Allow-Origin`, and of a transfer nothing at all: there it is null.
   */
  readonly timings: TransactionTimings | null
}

export interface TaskMetrics {
  readonly start: number
  readonly end: number
  /** Redirects that could be seen, over all transactions. */
  readonly redirectCount: number
  /**
   * One for each request and its answer, as far as the platform shows them: redirects that were followed and challenges that were answered
   * are transactions too. Only the newest 100 are kept.
   */
  readonly transactions: readonly TransactionMetrics[]
  /** Of a WebSocket, what went to and fro; else not there. */
  readonly socket?: SocketMetrics
}

/** What a WebSocket carried, over all its connections. */
export interface SocketMetrics {
  readonly messagesSent: number
  readonly messagesReceived: number
  /** Bytes of messages; of text, characters. */
  readonly bytesSent: number
  readonly bytesReceived: number
  /** Messages that an inbox with `whenFull: 'drop-oldest'` forgot. */
  readonly messagesDropped: number
  /** Connections that were lost and made again. */
  readonly reconnections: number
  /** Of pings and heartbeats, in milliseconds; null where none was answered. */
  readonly roundTrip: {
    readonly count: number
    readonly last: number
    readonly least: number
    readonly mean: number
  } | null
}

/**
 * When an exchange did what, in milliseconds since the epoch, and over what; null is "not known, or did not happen", never 0.
 * A connection that was open before has no times of its own; one that a proxy made has no lookup.
 */
export interface TransactionTimings {
  readonly fetchStart: number
  readonly domainLookupStart: number | null
  readonly domainLookupEnd: number | null
  readonly connectStart: number | null
  readonly secureConnectionStart: number | null
  readonly secureConnectionEnd: number | null
  /** TLS included. */
  readonly connectEnd: number | null
  readonly requestStart: number | null
  /** When the last byte of the request was handed to the system. */
  readonly requestEnd: number | null
  readonly responseStart: number | null
  /** Null while the body is not read to its end. */
  readonly responseEnd: number | null
  readonly reusedConnection: boolean | null
  readonly proxyConnection: boolean | null
  /** Address and port; by way of a proxy, the proxy's. */
  readonly remoteAddress: string | null
  readonly remotePort: number | null
  readonly localAddress: string | null
  readonly localPort: number | null
  /** As ALPN calls it: `'http/1.1'`. */
  readonly protocol: string | null
  readonly tlsVersion: string | null
  readonly tlsCipher: string | null
  readonly requestHeaderBytes: number | null
  readonly requestBodyBytes: number | null
  /** Counted from the head as it was parsed: spaces that a server puts more are left out. */
  readonly responseHeaderBytes: number | null
  /** Of the body as it came, before decoding, and without the framing of chunks. */
  readonly responseBodyBytes: number | null
}
