/** A session's own cookies, as the session itself uses them. */

/** What `URLCookieStorage` (Node) is to a session. */
export interface CookieJar {
  /** Forgets those that were set since then. */
  removeSince(date: Date): Promise<void>
  /** Resolves when what was set is stored. */
  flush(): Promise<void>
}
