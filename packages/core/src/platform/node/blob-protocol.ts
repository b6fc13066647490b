/** Owns: `blob:` URLs in Node. Why not through fetch: there a range costs a copy of the whole, and its own ranges are off by one. */
import { resolveObjectURL } from 'node:buffer'
import { serveBlob } from '../../loading/protocols/serve-bytes.ts'
import { URLError } from '../../model/url-error.ts'
import type { URLProtocol } from '../../model/url-protocol.ts'

/** A blob never changes, and its URL is never given to another. */
const ETAG = '"blob"'

export const blobProtocol: URLProtocol = {
  accepts: ({ url }) => url.startsWith('blob:'),
  load(request) {
    const { url } = request
    const blob = resolveObjectURL(url) as Blob | undefined
    if (!blob)
      throw new URLError('fileDoesNotExist', {
        url,
        phase: 'response',
        why: 'there is no blob of this URL in this thread: it was revoked, or made in another',
      })
    return serveBlob(request, blob, { type: blob.type || null, etag: ETAG, lastModified: null })
  },
}
