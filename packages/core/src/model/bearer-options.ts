/** What a session needs to send bearer tokens (RFC 6750) and to renew them. */

export interface BearerOptions {
  /** The origins that are sent the token, e.g. `['https://api.example']`. No other one ever is, nor after a redirect. */
  readonly origins: readonly string[]
  /** The token in use, or null when there is none. Called for each request, and again after waiting for another tab's renewal. */
  token(): string | null | Promise<string | null>
  /** Gets a new token, stores it where `token` and the other tabs' `token` find it, and gives it. Ended after a minute. */
  refresh(): Promise<string>
}
