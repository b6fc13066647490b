/** What this platform can do, known before anything is tried, each row with its reason. */

/** OPFS, IndexedDB parts, memory (capped), or files on disk. */
export type FileStoreKind = 'opfs' | 'indexeddb' | 'memory' | 'disk'

export interface CapabilityValues {
  /** Whether redirects can be decided one by one, or only the last answer is seen. */
  readonly redirects: 'each-hop' | 'final-only'
  /** Whether the session has cookies of its own, or the browser's are used. */
  readonly cookies: 'session' | 'browser'
  /** Whether upload progress counts bytes sent, or only knows start and end. */
  readonly uploadProgress: 'bytes' | 'coarse'
  /** Whether a request body can be a stream. */
  readonly requestStreams: boolean
  /** Whether the platform can go on with a download while no page is open. */
  readonly backgroundFetch: boolean
  /** Whether WebSocket ping frames can be sent. */
  readonly pingFrames: boolean
  /** Whether a WebSocket's handshake has the session's and the request's headers. */
  readonly socketHeaders: boolean
  /** Whether reading a WebSocket can be paused, so that its server waits for its receiver (`inbox.whenFull: 'wait'`). */
  readonly socketPauses: boolean
  /** Whether tabs can share one WebSocket. */
  readonly sharedSockets: boolean
  readonly proxy: boolean
  readonly rawSockets: boolean
  /**
   * Where the bytes of downloads go. Before the engine has started this is what the platform
   * promises; afterwards it is what a real write proved.
   */
  readonly fileStore: FileStoreKind
  /** Where the transfer engine runs. */
  readonly engine: 'worker' | 'inline'
  /** Whether transfers are taken up again after the page or process died. */
  readonly survivesRestart: boolean
}

export interface Capabilities extends CapabilityValues {
  /** One sentence per row: why it is as it is here. */
  readonly reasons: { readonly [name in keyof CapabilityValues]: string }
}

/** What an engine found out about where it runs; capabilities are made of it. Plain data. */
export interface EngineFacts {
  readonly engine: 'worker' | 'inline'
  readonly fileStore: { readonly kind: FileStoreKind; readonly reason: string }
  readonly records: { readonly durable: boolean; readonly reason: string }
}

/** Rows of `[value, reason]`, the form in which platforms write them down. */
export type CapabilityRows = {
  readonly [name in keyof CapabilityValues]: readonly [CapabilityValues[name], string]
}

export function capabilitiesFrom(rows: CapabilityRows): Capabilities {
  const column = (index: 0 | 1): [string, unknown][] => Object.entries(rows).map(([name, row]) => [name, row[index]])
  return Object.freeze({
    ...(Object.fromEntries(column(0)) as unknown as CapabilityValues),
    reasons: Object.freeze(Object.fromEntries(column(1)) as Capabilities['reasons']),
  })
}
