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

export interface Warning {
  readonly code: WarningCode
  /** One sentence: what happened and what to do. */
  readonly message: string
}
