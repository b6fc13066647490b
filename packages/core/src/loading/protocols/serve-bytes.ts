/** Answers of the built-in schemes: a file's whole or part, whatever it is read from. */
import { serveRange, type Representation } from '../../model/served-range.ts'
import type { ProtocolRequest } from '../../model/url-protocol.ts'

/** For bytes that a Blob holds, on disk or in memory. */
export function serveBlob(request: ProtocolRequest, blob: Blob, about: Omit<Representation, 'size'>): Response {
  const { status, headers, from, to } = serveRange(request, { ...about, size: blob.size })
  const whole = from === 0 && to === blob.size
  // A stream and not the slice itself: a Blob as a body would say a type where there is none to say.
  const body = from === to ? null : (whole ? blob : blob.slice(from, to ?? blob.size)).stream()
  return new Response(body, { status, headers })
}
