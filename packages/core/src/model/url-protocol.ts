/** Loading by somebody else's code: what a custom protocol is, and what it is given to answer with. Types only. */
import type { URLRequest } from './request.ts'

/** The head of a request as a protocol sees it. It is a copy: changing it changes nothing. */
export interface ProtocolRequestHead extends Omit<URLRequest, 'method' | 'headers' | 'body'> {
  /** Absolute, without user and password; those of schemes other than http are in the `authorization` header. */
  readonly url: string
  readonly method: string
  /** The request's headers and the session's, with what the session adds: Range, cookies, credentials. */
  readonly headers: Headers
}

/** A request as a protocol loads it. */
export interface ProtocolRequest extends ProtocolRequestHead {
  /** The body, which can be read as often as one likes (`text()`, `bytes()`, `stream()`), or null. */
  readonly body: Blob | null
}

/** The head of a protocol's answer. */
export interface ProtocolResponse {
  /** From 200 to 599. */
  readonly status: number
  readonly headers?: HeadersInit
  /** Absolute; default: the request's. */
  readonly url?: string
}

/**
 * Loads requests in the place of the network: Apple's `URLProtocol`, without a class to derive from. The first protocol of
 * a session that accepts a request loads it; those that come after it and the network are not asked. http and https may be
 * accepted too, and any scheme of one's own.
 *
 * @example
 * const answers: URLProtocol = {
 *   accepts: ({ url }) => url.startsWith('answer:'),
 *   load: () => new Response('42', { headers: { 'content-type': 'text/plain' } }),
 * }
 */
export interface URLProtocol {
  /** Whether this protocol loads the request: true or false, at once. What it throws, the request fails with. */
  accepts(request: ProtocolRequestHead): boolean
  /**
   * Loads the request: either gives a `Response`, or tells the client what happens, then or later. What it throws, the
   * request fails with: a URLError as it is, so that `new URLError('networkConnectionLost')` is tried again where the session
   * tries again; anything else as `unknown`, which is not. Where a client is used against its rules, or the
   * Response is used up or opaque, the request fails with `badServerResponse`, whose message says what was wrong.
   */
  load(request: ProtocolRequest, client: URLProtocolClient): void | Response | Promise<void> | Promise<Response>
}

/**
 * What a protocol tells its progress to: one response, any number of bytes, and one end; or `wasRedirected` alone. Calls after
 * the end, or after `signal` was aborted, are ignored where the request has ended too.
 */
export interface URLProtocolClient {
  /** Aborted when nobody wants the answer any more: cancelled, timed out, or the rest of the body given up. */
  readonly signal: AbortSignal
  /** The head of the answer; once, before any bytes. */
  didReceiveResponse(response: ProtocolResponse): void
  /**
   * The next bytes of the body. Resolves when the reader is done with them: then they may be overwritten, and more is wanted.
   * Who does not wait fills the memory. Rejects with the signal's reason when the rest is given up.
   */
  didLoad(bytes: Uint8Array): Promise<void>
  /** The body is complete. */
  didFinish(): void
  /** The request fails: with a URLError as it is, with anything else as `unknown`. Bytes told before are still read. */
  didFail(error: unknown): void
  /**
   * The answer is elsewhere. The session's redirect rules decide whether it goes there.
   * @param to Absolute, or relative to the request's URL.
   * @param response The redirect's own head: status 301, 302, 303, 307 or 308, which decide about method and body (RFC 9110
   *   §15.4). Default: 302.
   */
  wasRedirected(to: string, response?: ProtocolResponse): void
}
