/** Something a developer should know although the task goes on. */
export type WarningCode =
  /** The server hides headers that resuming needs (CORS). */
  | 'headersHidden'
  /** The bytes that were there cannot be used; the download starts from zero. */
  | 'startedOver'
  /** The platform removed stored bytes. */
  | 'evicted'
  /** The bytes are in a store that cannot be had this time; the task waits for a session that has it. */
  | 'storedElsewhere'
  /** An attempt failed and another will be made. */
  | 'retrying'
  /** A request's credential headers were not stored, so the task went on without them. */
  | 'credentialsNotStored'
  /**
   * The platform does not send a header that was set: browsers those that are forbidden (Fetch Standard §2.2.2), Node those that say
   * how the body is framed. Told once a task and header. Of a `Request` nothing is known: the browser left them out when it was made.
   */
  | 'headerDropped'
  /** An upload's bytes could not be copied to where a later life would find them. */
  | 'notCopied'
  /** A browser sends a WebSocket's handshake with headers of its own alone. */
  | 'handshakeHeadersNotSent'
  /** A WebSocket's `heartbeat.send` or `heartbeat.expect` threw: no question was asked, or it was no answer. */
  | 'heartbeatThrew'
  /**
   * A request to the page's own origin went without the browser's cookies, or else the browser would have asked its user for a password
   * in the place of whoever answers challenges here. Naming `credentials` decides it, and ends the warning.
   */
  | 'browserCredentialsLeftOut'
  /** A delegate's method has not settled for a second: calls of other tasks are made beside it. Told once a call. */
  | 'delegateLate'

export interface Warning {
  readonly code: WarningCode
  /** One sentence: what happened and what to do. */
  readonly message: string
  /** The header's name in lower case; with `headerDropped` alone. */
  readonly header?: string
}
