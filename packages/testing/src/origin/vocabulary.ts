/**
 * Owns: the words in which an origin is told how to behave: files, behaviours, what to match in the journal.
 * Why: a test in this process, a page and the command line all say the same things, so every word is plain JSON and is
 * defined once. Free of node imports.
 */

/** Which of a response's headers a page on another origin may see. */
export type CorsMode =
  /** No CORS header at all: a page on another origin gets nothing. */
  | 'none'
  /** `Access-Control-Allow-Origin: *` and no more: the body is readable, ETag, Content-Range and the like are not. */
  | 'simple'
  /** As `simple`, and every header the origin sends is exposed. */
  | 'exposed'
  /** As `exposed`, for requests with credentials: names the asking origin instead of `*`. */
  | 'credentials'

/** How a 206 lies. Each is something real servers and proxies have been seen to do. */
export interface PartialLie {
  /** Starts this many bytes later (or earlier, negative) than asked, and says so in Content-Range. */
  startShift?: number
  /** The total in Content-Range: a wrong number, or `'*'` for unknown. */
  total?: number | '*'
  /** Another validator than the one every other response carries (sent as it stands, with its quotes). */
  etag?: string
  /** False: no Content-Range at all. Default true. */
  contentRange?: boolean
  /** Content-Range says what was asked, the body is taken from this many bytes further on: only a digest finds out. */
  bodyShift?: number
}

/** A redirect in place of the answer. */
export interface RedirectBehaviour {
  /** Default 302. */
  status?: number
  /** Location of the last hop, absolute or relative. Default: the file itself, which then answers as usual. */
  to?: string
  /** How many redirects there are in all. Default 1. */
  hops?: number
}

/**
 * How a file answers. Nothing set is a good server: ranges, a strong ETag, Last-Modified, Content-Length, the whole
 * body. All of it is JSON. It can stand until changed (`file.behave`) or hold for one request (`file.nextResponses`).
 */
export interface Behaviour {
  /** Which entity tag is sent. Default `'strong'`. */
  etag?: 'strong' | 'weak' | 'none'
  /** Whether Last-Modified is sent. Default true. */
  lastModified?: boolean
  /**
   * `'honoured'` (default); `'ignored'`: 200 and the whole body to every request, no Accept-Ranges;
   * `'if-range-ignored'`: a 206 of the entity as it is now, whatever If-Range says.
   */
  ranges?: 'honoured' | 'ignored' | 'if-range-ignored'
  /** Whether `Accept-Ranges: bytes` is announced where ranges are honoured. Default true. */
  acceptRanges?: boolean
  /** The most bytes one 206 gives; the rest must be asked for again. Default: no limit. */
  rangeLimit?: number
  /** Lies told by a 206. */
  partial?: PartialLie
  /** How a range past the end is refused: a 416 that names the size in Content-Range (default), or one without it. */
  unsatisfiable?: 'with-length' | 'bare'

  /** `'length'` (default): Content-Length; `'chunked'`: no length; `'close'`: neither, the closed connection ends the body. */
  framing?: 'length' | 'chunked' | 'close'
  /** Milliseconds before the head is sent. Default 0. */
  headDelay?: number
  /** Instead of a head: a reset, a close without a byte, or nothing until `releaseStalls` (which then lets the answer go). */
  beforeHead?: 'reset' | 'close' | 'stall'
  /** Sends at most this many body bytes a second. Default: as fast as they are taken. */
  bytesPerSecond?: number
  /** Closes the connection in good order after this many body bytes of the response; the promised length stays. */
  cutAfter?: number
  /** Resets the connection (RST) after this many body bytes. The client may lose what it had not read yet. */
  resetAfter?: number
  /** Falls silent after this many body bytes, with the connection open, until `releaseStalls`. */
  stallAfter?: number
  /** Sends bytes that are not HTTP: see {@link Malformation}. */
  malformed?: Malformation

  /** Another status. From 300 on, and 204, it replaces the answer (body: `text`); a 2xx only changes the number. */
  status?: number
  /** Body of such an answer. Default: a short sentence naming the status. */
  text?: string
  /** Retry-After: seconds, or any text sent as it is. */
  retryAfter?: number | string
  /** Retry-After as an HTTP date this many milliseconds after the answer. */
  retryAfterDate?: number
  /** Redirects instead of answering. */
  redirect?: RedirectBehaviour

  /** Content-Encoding of the whole body; such answers ignore ranges. The file must be at most 64 MiB. */
  encoding?: 'gzip' | 'br' | 'deflate'
  /** Leaves off this many of the encoded bytes at the end; Content-Length agrees with what is sent. Default 0. */
  encodingCut?: number
  /** Inverts the body's byte at this offset of the file, and tells nobody. */
  corruptAt?: number

  /** Default `application/octet-stream`. */
  contentType?: string
  /** Content-Disposition as it stands (sent as UTF-8 bytes): also the hostile ones. Default: none. */
  disposition?: string
  /** Any other headers, set last; null takes one away. */
  headers?: Record<string, string | null>
  /** Default: the origin's. */
  cors?: CorsMode
  /** Whether a preflight is answered with permission. Default `'allow'` (unless `cors` is `'none'`). */
  preflight?: 'allow' | 'refuse'
  /** `Timing-Allow-Origin: *`. Default: the origin's. */
  timingAllowOrigin?: boolean
}

/** What is wrong with a response that is not HTTP. */
export type Malformation =
  /** The first line is no status line. */
  | 'status-line'
  /** A header line with no colon and with control characters. */
  | 'header'
  /** Two Content-Length headers that disagree. */
  | 'lengths'
  /** A good head and one good chunk, then a chunk size that is no number. */
  | 'chunk'
  /** Not wrong at all, but rare: no space after the colons. */
  | 'compact-header'

/** Changes to a behaviour: what is named is replaced, null takes a word away. */
export type BehaviourPatch = { [K in keyof Behaviour]?: Behaviour[K] | null }

/** A file as it is registered. */
export interface FileOptions extends Behaviour {
  /** In bytes, any size. Needed unless `body` is given. */
  size?: number
  /** What the bytes are (see `contentAt`). Default 1. */
  seed?: number
  /** The literal body instead of generated bytes. */
  body?: string
}

/** How an entity is replaced by the next one. */
export interface EntityChange {
  /** Default: the old seed plus one. */
  seed?: number
  /** Default: the old size. */
  size?: number
  /** A new literal body. */
  body?: string
  /** True: the validators stay as they were, so that only a digest can tell. Default false. */
  keepValidators?: boolean
}

/** Picks requests out of the journal. Everything given must hold. */
export interface EntryMatch {
  /** The file's name. */
  file?: string
  method?: string
  /** Part of the URL. */
  url?: string
  status?: number
  /** True: the exchange is over, in whatever way. False: it is not. */
  ended?: boolean
  aborted?: boolean
  /** At least this many body bytes are sent. */
  bytesSent?: number
  /** At least this number in the journal: see `JournalEntry.id`. */
  id?: number
}

/** What a WebSocket of an origin does: by default it takes the first subprotocol and sends every message back. */
export interface SocketBehaviour {
  /** Instead of an answer to the handshake: a reset, a close without a byte, or nothing. */
  beforeUpgrade?: 'reset' | 'close' | 'stall'
  /** Answers this HTTP status instead of upgrading. */
  status?: number
  /** The subprotocol that is chosen, also one that was not offered; null: none. */
  protocol?: string | null
  /** Texts that are sent first. */
  greet?: string[]
  /** So many messages of so many bytes, as fast as they are taken: bytes that hold the number (modulo 256), or it as a text with dots before. */
  burst?: { count: number; size: number; text?: boolean }
  /** Whether messages are sent back. Default true. */
  echo?: boolean
  /** Destroys the connection, without a close frame, with this message (0: at once). */
  dropAfter?: number
  /** Reads and answers nothing more after this message (0: from the start), with the connection open: a half-open connection. */
  silentAfter?: number
  /** Closes after this many messages (0: at once); without a code where none is given. */
  closeAfter?: { messages: number; code?: number; reason?: string }
  /** Whether pings are answered. Default true. */
  pong?: boolean
  /** Speaks permessage-deflate (RFC 7692), also for the smallest message. */
  deflate?: boolean
}

/** How stalled responses go on. */
export type StallEnd = 'continue' | 'reset' | 'cut'

const behaviourWords: Record<keyof Behaviour, true> = {
  etag: true,
  lastModified: true,
  ranges: true,
  acceptRanges: true,
  rangeLimit: true,
  partial: true,
  unsatisfiable: true,
  framing: true,
  headDelay: true,
  beforeHead: true,
  bytesPerSecond: true,
  cutAfter: true,
  resetAfter: true,
  stallAfter: true,
  malformed: true,
  status: true,
  text: true,
  retryAfter: true,
  retryAfterDate: true,
  redirect: true,
  encoding: true,
  encodingCut: true,
  corruptAt: true,
  contentType: true,
  disposition: true,
  headers: true,
  cors: true,
  preflight: true,
  timingAllowOrigin: true,
}

/** Throws a TypeError that names a word no behaviour has: a misspelt fault would otherwise be a test that proves nothing. */
export function checkBehaviour(given: object, alsoAllowed: readonly string[] = []): void {
  for (const word of Object.keys(given)) {
    if (Object.hasOwn(behaviourWords, word) || alsoAllowed.includes(word)) continue
    throw new TypeError(
      `unknown behaviour '${word}'; there are: ${[...Object.keys(behaviourWords), ...alsoAllowed].join(', ')}`,
    )
  }
}
