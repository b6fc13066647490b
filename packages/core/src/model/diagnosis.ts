/** What a server lets us do, as `diagnose` found it: plain data to show, to log, or to send to whoever runs the server. */
import type { URLErrorCode } from './error-table.ts'

/** A header that this page cannot see. */
export interface HiddenHeader {
  readonly name: string
  /** Whether the server surely sends it, and how that is known. */
  readonly why: string
  /** What is done without it. */
  readonly matters: string
}

export interface Diagnosis {
  /** The URL that was asked, without user, password and query values. */
  readonly url: string
  /** True when a server answered, also one whose answer a page may not read. */
  readonly reachable: boolean
  /** True when the answer may be read: same origin, no browser, or CORS allows it. */
  readonly readable: boolean
  /** True when a page asked and another origin answered. */
  readonly crossOrigin: boolean
  /** The URL that answered, if that is another one; else null. */
  readonly redirectedTo: string | null
  /** The status of the answer to a request for one byte: 206 is the good one. Null when it could not be read. */
  readonly status: number | null
  /** Names of the headers that can be seen, in lower case. */
  readonly visible: readonly string[]
  readonly hidden: readonly HiddenHeader[]
  /** Whether a download that breaks off can be gone on with, instead of being started over. */
  readonly canResume: boolean
  /** Whether parts are given out (206); null when the answer says nothing about it. */
  readonly rangeSupported: boolean | null
  /**
   * Whether the server lets another origin send the headers that were named. `'notNeeded'` when none of them needs that, and on the same
   * origin; `'unknown'` when not even a request without them could be read.
   */
  readonly preflight: 'notNeeded' | 'allowed' | 'refused' | 'unknown'
  /** The line to add to the server's answers, with what it exposes already; null when there is nothing to add. */
  readonly suggestedLine: string | null
  /** What to do, a sentence each, the most important first. Empty: all is well. */
  readonly advice: readonly string[]
  /** Why it could not be read; null when it could. */
  readonly failure: URLErrorCode | null
}
