/** One request of tus. What the caller wants sent with it, `send` adds: it knows which origin may have it. */
import type { UploadRequest } from '../../model/upload-protocol.ts'

export function tusRequest(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>> = {},
  range?: UploadRequest['range'],
): UploadRequest {
  // The version goes with everything but OPTIONS, which asks for it.
  const version = method === 'OPTIONS' ? {} : { 'Tus-Resumable': '1.0.0' }
  return { method, url, headers: { ...version, ...headers }, ...(range && { range }) }
}
