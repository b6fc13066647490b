/**
 * `blob:` URLs, whole or in part. fetch finds the blob; the parts are cut here, so that they come with a tag to go on by, and are
 * the same in every browser.
 */
import { serveBlob } from '../../loading/protocols/serve-bytes.ts'
import { serveRange } from '../../model/served-range.ts'
import { URLError } from '../../model/url-error.ts'
import type { URLProtocol } from '../../model/url-protocol.ts'

/** A blob never changes, and its URL is never given to another. */
const ETAG = '"blob"'

export const blobProtocol: URLProtocol = {
  accepts: ({ url }) => url.startsWith('blob:'),
  async load(request, { signal }) {
    const { url, headers } = request
    let found: Response
    try {
      found = await fetch(url, { signal })
    } catch (cause) {
      signal.throwIfAborted()
      throw new URLError('fileDoesNotExist', {
        url,
        phase: 'response',
        why: 'there is no blob of this URL: it was revoked, or belongs to another origin',
        cause,
      })
    }
    const about = { type: found.headers.get('content-type'), etag: ETAG, lastModified: null }
    const length = found.headers.get('content-length')
    if (headers.has('range') || length === null) return serveBlob(request, await found.blob(), about)
    // The whole streams, however large it is.
    const answer = serveRange(request, { ...about, size: Number(length) })
    if (answer.from === answer.to) await found.body?.cancel()
    return new Response(answer.from === answer.to ? null : found.body, answer)
  },
}
