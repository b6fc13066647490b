/** `data:` URLs: their content is in them. */
import { parseDataURL } from '../../model/data-url.ts'
import type { URLProtocol } from '../../model/url-protocol.ts'
import { serveBlob } from './serve-bytes.ts'

/** What the URL says never changes, so one tag fits it for good. */
const ETAG = '"data"'

export const dataProtocol: URLProtocol = {
  accepts: ({ url }) => url.startsWith('data:'),
  load(request) {
    const { type, bytes } = parseDataURL(request.url)
    return serveBlob(request, new Blob([bytes]), { type, etag: ETAG, lastModified: null })
  },
}
