import type { TransactionTimings } from '../model/metrics.ts'
import type { CachePolicy } from '../model/request.ts'

/**
 * One request on the wire, one answer. A transport follows no redirect it can avoid, retries
 * nothing, times nothing out, and turns every failure into a URLError.
 */
export interface WireRequest {
  /** Absolute, without user and password. */
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: BodyInit | null
  /** `'manual'` is honoured where `capabilities.redirects` is `'each-hop'`; `'error'` everywhere. */
  readonly redirect: 'follow' | 'error' | 'manual'
  readonly credentials: 'omit' | 'same-origin' | 'include'
  readonly cache: CachePolicy
  readonly signal: AbortSignal
  /** Where the platform has requests of one connection go ahead of others (fetch). */
  readonly priority?: 'high' | 'low'
  /** More for the platform's own fetch, where there is one. */
  readonly init?: RequestInit
  /** The URL that the first hop of the task asked for: whose cookies are the main document's. Without it, this one's. */
  readonly mainDocument?: string
  /** A redirect led here: whatever becomes of this hop, the request before it has arrived, and no failure of it is one of `connect`. */
  readonly isRedirected?: boolean
  /**
   * Asked what to send instead, where a proxy wants to know who asks before it makes a connection. Its 407 is no answer of the
   * host's: with nothing to send the request fails.
   * @param response The head of the 407; its `url` is the proxy's.
   */
  readonly challenged?: (response: WireResponse) => Promise<WireRequest | null> | WireRequest | null
  /** Told of each answer before the answer (1xx but 101), in order, where the platform shows them. */
  readonly onInformational?: (status: number, headers: Headers) => void
  /**
   * Told how many bytes of the body the connection has taken so far, where {@link Transport.tellsSent} is true: of a body that is sent again
   * from its first byte on.
   * @param total Bytes of the whole, or null for a stream.
   */
  readonly onSent?: (bytes: number, total: number | null) => void
}

export interface WireResponse {
  readonly status: number
  readonly statusText: string
  /** The URL that answered: differs from the request's where the transport followed redirects. */
  readonly url: string
  readonly redirected: boolean
  /** What could be read; a browser hides most headers of a cross-origin answer that exposes none. */
  readonly headers: Headers
  /** True when headers may be hidden from us, so that "absent" only means "not seen". */
  readonly headersFiltered: boolean
  readonly body: BodySource
  /** The platform's own Response, unread, where there is one: whoever reads it leaves `body` alone. */
  readonly native?: Response
  /** It is from the session's own cache; not there where it is from the network. See `TransactionMetrics.fromCache`. */
  readonly fromCache?: 'stored' | 'revalidated'
  /**
   * What this exchange took, where the platform tells. To be called once the body is read; what that gives finds it whenever somebody wants
   * to know.
   */
  readonly timings?: () => () => TransactionTimings
}

/** A body, pulled: nothing is read ahead beyond what the platform itself buffers. */
export interface BodySource {
  /**
   * The next bytes, at least one, or null at the end. The bytes belong to the caller only until the next call.
   * @throws {URLError} `networkConnectionLost`, `cannotDecodeContentData`, or the signal's reason.
   */
  read(): Promise<Uint8Array | null>
  /** Gives the rest up. Never throws. */
  cancel(): Promise<void>
}

export interface Transport {
  /** `'each-hop'`: redirects can be handed to us one by one; `'final-only'`: the platform follows them. */
  readonly redirects: 'each-hop' | 'final-only'
  /** True when a compressed body that ends too early is an error; browsers take it for a complete one. */
  readonly strictDecoding: boolean
  /** True where it shows that a body is on its way; a browser's fetch shows nothing before the answer. */
  readonly tellsSent?: boolean
  /** True where it does not look at `init.integrity`; a browser's fetch does. */
  readonly ignoresIntegrity?: boolean
  /**
   * @throws {URLError} `opaqueNetworkFailure` (browsers), `cannotFindHost`, `cannotConnectToHost`,
   *   `secureConnectionFailed`, `networkConnectionLost`, `notConnectedToInternet` …; the signal's reason when aborted.
   */
  send(request: WireRequest): Promise<WireResponse>
}
