/** What `session.reset()` did. */

export interface ResetReport {
  readonly cleared: readonly ('cookies' | 'credentials' | 'cache')[]
  /** What this platform does not let a session clear, and who can. */
  readonly notCleared: readonly { readonly what: 'cookies' | 'cache'; readonly why: string }[]
}
