/** One request of tus: its own headers, and of the caller's those that say nothing of the bytes. */
import type { UploadInfo, UploadRequest } from '../../model/upload-protocol.ts'

/** Of the caller's headers these are about one request with the whole file, or would make one request of several. */
const NOT_PASSED_ON = /^(content-|upload-|tus-|idempotency-key$)/

export function tusRequest(
  upload: UploadInfo,
  method: string,
  url: string,
  headers: Readonly<Record<string, string>> = {},
  range?: UploadRequest['range'],
): UploadRequest {
  const callers = upload.headers.filter(([name]) => !NOT_PASSED_ON.test(name))
  return {
    method,
    url,
    // The version goes with everything but OPTIONS, which asks for it.
    headers: { ...Object.fromEntries(callers), ...(method !== 'OPTIONS' && { 'Tus-Resumable': '1.0.0' }), ...headers },
    ...(range && { range }),
  }
}
