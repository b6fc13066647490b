/** An answer on its way into the cache: its body is gathered while somebody else reads it, as long as it is short enough. */
import { parseContentLength } from '../../model/content-length.ts'
import { isEncoded } from '../../model/response.ts'
import type { StoredHead } from '../../model/url-cache.ts'
import type { WireResponse } from '../../ports/transport.ts'

export class Draft {
  readonly head: StoredHead
  readonly #limit: number
  /** Bytes that were announced; null where nothing says. */
  readonly #expected: number | null
  readonly #chunks: Uint8Array[] = []
  #length = 0

  private constructor(head: StoredHead, limit: number, expected: number | null) {
    this.head = head
    this.#limit = limit
    this.#expected = expected
  }

  /** Null for one that is longer than is kept. */
  static begin(head: StoredHead, { headers, status }: WireResponse, limit: number): Draft | null {
    const expected = isEncoded(headers) || status === 204 ? null : parseContentLength(headers.get('content-length'))
    return limit === 0 || (expected ?? 0) > limit ? null : new Draft(head, limit, expected)
  }

  /** The next bytes of it, copied. False: it has become too long. */
  add(bytes: Uint8Array): boolean {
    this.#length += bytes.byteLength
    if (this.#length > this.#limit) return false
    this.#chunks.push(bytes.slice())
    return true
  }

  /** Whether all that was announced has come. A compression that CORS hides makes more of it, never less. */
  get isWhole(): boolean {
    if (this.#expected === null) return true
    return this.head.filtered ? this.#length >= this.#expected : this.#length === this.#expected
  }

  data(): Uint8Array<ArrayBuffer> {
    const data = new Uint8Array(this.#length)
    let at = 0
    for (const chunk of this.#chunks) {
      data.set(chunk, at)
      at += chunk.byteLength
    }
    return data
  }
}
