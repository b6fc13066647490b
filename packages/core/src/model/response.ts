/** The head of an answer, kept after its body went to disk: status, final URL and headers. */
import { parseContentLength } from './content-length.ts'

/** Plain data of a response: cloneable and storable; Set-Cookie is never in it. */
export interface ResponseRecord {
  url: string
  status: number
  statusText: string
  headers: [string, string][]
  /** A safe name for the body as a file; `''` until somebody may see it. */
  filename: string
}

/** What a URLResponse is made of. */
export interface ResponseHead extends Omit<ResponseRecord, 'headers'> {
  /** Headers are not copied before somebody asks for them. */
  readonly headers: Headers | [string, string][]
}

/**
 * What the server answered, without the body. In a browser, a cross-origin answer shows only the
 * headers that the server exposes (Access-Control-Expose-Headers) and the safelisted ones.
 */
export class URLResponse {
  /** The URL that answered, after redirects. */
  readonly url: string
  readonly status: number
  readonly statusText: string
  readonly #head: ResponseHead
  #headers: Headers | null = null

  constructor(head: ResponseHead) {
    this.url = head.url
    this.status = head.status
    this.statusText = head.statusText
    this.#head = head
  }

  /** The readable ones; this response's own copy. */
  get headers(): Headers {
    return (this.#headers ??= new Headers(this.#head.headers))
  }

  /** A safe file name: from Content-Disposition, else the URL, else the host. */
  get suggestedFilename(): string {
    return this.#head.filename
  }

  /** True for a status from 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  /** The media type in lower case without parameters, or `''`. */
  get mimeType(): string {
    return this.#header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
  }

  /** The charset of the Content-Type in lower case, or null. */
  get textEncodingName(): string | null {
    return /charset\s*=\s*"?([\w.:-]+)/i.exec(this.#header('content-type') ?? '')?.[1]?.toLowerCase() ?? null
  }

  /**
   * Bytes of the body, or null when unknown: no Content-Length, or one that says nothing, as the body is compressed or sent in
   * chunks (RFC 9112 §6.3).
   */
  get expectedContentLength(): number | null {
    const isUnknown = isCoding(this.#header('content-encoding')) || this.#header('transfer-encoding') !== null
    return isUnknown ? null : parseContentLength(this.#header('content-length'))
  }

  /** Without a copy, which most never need. */
  #header(name: string): string | null {
    const { headers } = this.#head
    return (this.#headers ?? (headers instanceof Headers ? headers : this.headers)).get(name)
  }
}

/** True when the body on the wire is compressed: its length and offsets are not the file's. */
export const isEncoded = (headers: Headers): boolean => isCoding(headers.get('content-encoding'))

function isCoding(text: string | null): boolean {
  const coding = text?.trim().toLowerCase() ?? ''
  return coding !== '' && coding !== 'identity'
}
