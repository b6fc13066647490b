/** How much a request has to send, as far as can be known before it is sent. */
import type { LoadRequest } from './loader.ts'

/** Bytes that a connection takes at once: sending them is over before anybody could tell. */
const AT_ONCE = 64 << 10

/** True where sending the body takes no time to speak of; false where it may, or nobody knows. */
export const isSentAtOnce = (body: LoadRequest['body']): boolean => sizeOf(body) <= AT_ONCE

/** About the bytes of the body; infinite for a stream. */
function sizeOf(body: LoadRequest['body']): number {
  if (body === null) return 0
  if (typeof body === 'string') return body.length
  if (body instanceof Blob) return body.size
  if (body instanceof URLSearchParams) return String(body).length
  if (body instanceof FormData) return [...body].reduce((sum, [, value]) => sum + sizeOf(value), 0)
  return body instanceof ReadableStream ? Number.POSITIVE_INFINITY : body.byteLength
}
