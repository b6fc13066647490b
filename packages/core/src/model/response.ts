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

/**
 * What the server answered, without the body. In a browser, a cross-origin answer shows only the
 * headers that the server exposes (Access-Control-Expose-Headers) and the safelisted ones.
 */
export class URLResponse {
  /** The URL that answered, after redirects. */
  readonly url: string
  readonly status: number
  readonly statusText: string
  readonly headers: Headers
  /** A safe file name: from Content-Disposition, else the URL, else the host. */
  readonly suggestedFilename: string

  constructor(record: ResponseRecord) {
    this.url = record.url
    this.status = record.status
    this.statusText = record.statusText
    this.headers = new Headers(record.headers)
    this.suggestedFilename = record.filename
  }

  /** True for a status from 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  /** The media type in lower case without parameters, or `''`. */
  get mimeType(): string {
    return this.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
  }

  /** The charset of the Content-Type in lower case, or null. */
  get textEncodingName(): string | null {
    return /charset\s*=\s*"?([\w.:-]+)/i.exec(this.headers.get('content-type') ?? '')?.[1]?.toLowerCase() ?? null
  }

  /** Bytes of the body, or null when unknown: no Content-Length, or a compressed body. */
  get expectedContentLength(): number | null {
    return isEncoded(this.headers) ? null : parseContentLength(this.headers.get('content-length'))
  }
}

/** True when the body on the wire is compressed: its length and offsets are not the file's. */
export function isEncoded(headers: Headers): boolean {
  const coding = headers.get('content-encoding')?.trim().toLowerCase() ?? ''
  return coding !== '' && coding !== 'identity'
}
