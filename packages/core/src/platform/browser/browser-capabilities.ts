/** What this browser can do and why not, by looking only: usable in a page before any engine runs. */
import {
  capabilitiesFrom,
  type Capabilities,
  type CapabilityValues,
  type FileStoreKind,
} from '../../model/capabilities.ts'

export interface BrowserCapabilitiesOptions {
  readonly engine: CapabilityValues['engine']
  /** The store that was picked; without it, what the browser promises. */
  readonly fileStore?: { readonly kind: FileStoreKind; readonly reason: string }
  /** The records that were opened; without it, what the browser promises. */
  readonly records?: { readonly durable: boolean; readonly reason: string }
  /** Better places for the engine that were not to be had, and why. */
  readonly refused?: readonly string[]
}

export function browserCapabilities({
  engine,
  fileStore,
  records,
  refused = [],
}: BrowserCapabilitiesOptions): Capabilities {
  const files = fileStore ?? promisedStore(engine)
  const durable = records?.durable ?? 'indexedDB' in globalThis
  const streams = takesStreams()
  return capabilitiesFrom({
    redirects: ['final-only', 'fetch follows redirects itself and shows only the last answer'],
    cookies: ['browser', "a page cannot read or set the headers of cookies, so the browser's own are used"],
    uploadProgress:
      typeof XMLHttpRequest === 'function'
        ? ['bytes', 'XMLHttpRequest tells it of uploads; of data tasks, which use fetch, nothing is known']
        : ['coarse', 'fetch tells nothing while it sends a body'],
    requestStreams: [
      streams,
      streams
        ? 'fetch takes a stream as body, over HTTP/2 and HTTP/3 only'
        : 'this browser cannot send a stream; use a Blob',
    ],
    backgroundFetch: [
      false,
      `this browser has ${'BackgroundFetchManager' in globalThis ? 'Background Fetch, which is not used' : 'no Background Fetch'}; transfers go on whenever a page of the site is open`,
    ],
    pingFrames: [false, 'a WebSocket in a browser sends no ping frames; use messages of your own'],
    socketHeaders: [false, 'a WebSocket in a browser sends none of yours; use its URL, a subprotocol or a cookie'],
    socketPauses: [false, 'a WebSocket in a browser is always read; see inbox.whenFull'],
    sharedSockets: [!!navigator.locks, 'tabs share one by Web Locks, which need https'],
    proxy: [false, "the browser's own proxy settings apply"],
    rawSockets: [false, 'a page can open no sockets'],
    fileStore: [files.kind, files.reason],
    engine: [
      engine,
      (engine === 'worker'
        ? 'transfers run in a worker, off the page'
        : 'transfers run where the session was made, since there is no worker of their own') +
        (refused.length > 0 ? `; refused were ${refused.join('; ')}` : ''),
    ],
    survivesRestart:
      files.kind === 'memory' || !durable
        ? [false, files.kind === 'memory' ? files.reason : (records?.reason ?? 'this browser has no IndexedDB')]
        : [true, 'records and bytes are stored, unless the user or the browser clears the site data'],
  })
}

function promisedStore(engine: CapabilityValues['engine']): { kind: FileStoreKind; reason: string } {
  // Insecure pages lack `navigator.storage`.
  const opfs = typeof navigator.storage?.getDirectory === 'function'
  if (opfs && engine === 'worker')
    return { kind: 'opfs', reason: 'this browser has OPFS; whether it can be written shows when the engine starts' }
  if ('indexedDB' in globalThis) {
    const why = opfs ? 'OPFS needs a worker' : 'this page has no OPFS (it needs https)'
    return { kind: 'indexeddb', reason: `${why}, so files are parts in IndexedDB` }
  }
  return { kind: 'memory', reason: 'this page has neither OPFS nor IndexedDB' }
}

/** A browser that knows no stream bodies turns the stream into text, and reads no `duplex`. */
function takesStreams(): boolean {
  let asked = false
  try {
    const init = {
      method: 'POST',
      body: new ReadableStream(),
      get duplex(): 'half' {
        asked = true
        return 'half'
      },
    }
    return !new Request('https://example.invalid', init).headers.has('content-type') && asked
  } catch {
    return false
  }
}
