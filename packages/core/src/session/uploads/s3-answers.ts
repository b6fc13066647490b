/**
 * Owns what an answer of S3 means. Servers differ in status and words, so the code in the body counts first: AWS and Ceph say "Request
 * has expired" as 403 AccessDenied, R2 as 400 ExpiredRequest; AWS answers 400 to an expired token and to a request that came too slowly.
 */
import { isTransientStatus } from '../../loading/retry.ts'
import type { UploadAnswer, UploadDetour } from '../../model/upload-protocol.ts'
import { URLError } from '../../model/url-error.ts'
import { type Element, childText, readXML } from './s3-xml.ts'

/** An answer that was read. */
export interface S3Answer {
  readonly answer: UploadAnswer
  /** The root of its body, or null where that is no XML. */
  readonly root: Element | null
  /** What the server called its refusal; '' where it did not say; null where it did not refuse. */
  readonly refusal: string | null
}

export function readAnswer(answer: UploadAnswer): S3Answer {
  const root = answer.body.length > 0 ? readXML(new TextDecoder().decode(answer.body)) : null
  const fine = answer.status >= 200 && answer.status < 300
  // CompleteMultipartUpload begins its answer before it knows how it ends: a 200 may hold an error (AWS, API reference).
  const refused = root?.name === 'Error'
  return { answer, root, refusal: refused ? (childText(root, 'Code') ?? '') : fine ? null : '' }
}

/** Of a signature or a credential that is over, here or there; of these AWS says some with status 400. */
const EXPIRED = new Set([
  'RequestTimeTooSkewed',
  'ExpiredToken',
  'InvalidToken',
  'ExpiredRequest',
  'TokenRefreshRequired',
])

/** True for what another signature may help against. A HEAD has no body to say so, and a wrong signature would be wrong again. */
export const mayBeExpired = ({ answer: { status }, refusal }: S3Answer): boolean =>
  refusal !== null &&
  (EXPIRED.has(refusal) || ((status === 401 || status === 403) && refusal !== 'SignatureDoesNotMatch'))

const PASSING = new Set([
  'InternalError',
  'OperationAborted',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  // MinIO's own.
  'SlowDownRead',
  'SlowDownWrite',
  'XMinioServerNotInitialized',
])

const DETOURS: Readonly<Record<string, UploadDetour['detour']>> = {
  NoSuchUpload: 'create',
  BadDigest: 'again',
  IncompleteBody: 'again',
  XAmzContentChecksumMismatch: 'again',
  XAmzContentSHA256Mismatch: 'again',
  InvalidPart: 'locate',
}

/** The way on after a refusal, where there is one. */
export function detourOf({ refusal }: S3Answer): UploadDetour | null {
  const detour = refusal ? DETOURS[refusal] : undefined
  return detour ? { detour, why: `the server said ${String(refusal)}` } : null
}

/** A refusal as the error that it is. @param url Of the object, without a signature. */
export function refusalError(
  operation: string,
  { answer: { status }, root, refusal }: S3Answer,
  url: string,
): URLError {
  const code = refusal ?? ''
  // Nobody repeats a whole upload for an error that came behind a 200, unless its code says so: AWS asks to try that again.
  const retryable = PASSING.has(code) || isTransientStatus(status) || (status === 200 && !FINAL.has(code))
  const said = [code || `status ${String(status)}`, shown(root && childText(root, 'Message'))].filter(Boolean)
  const hint = HINTS[code]
  return new URLError(errorCode(code, status), {
    url,
    phase: 'response',
    status,
    retryable,
    why: `${operation} was refused with ${said.join(': ')}`,
    ...(hint && { hint }),
  })
}

const FINAL = new Set(['EntityTooSmall', 'EntityTooLarge', 'InvalidPartOrder', 'InvalidRequest', 'AccessDenied'])

const HINTS: Readonly<Record<string, string>> = {
  EntityTooLarge: 'ask for a smaller chunkSize',
  RequestTimeTooSkewed: "is this machine's clock right?",
  SignatureDoesNotMatch: 'what is signed must be the method, URL and headers that `sign` was given',
}

function errorCode(
  code: string,
  status: number,
): 'dataLengthExceedsMaximum' | 'userAuthenticationRequired' | 'badServerResponse' {
  if (code === 'EntityTooLarge' || status === 413) return 'dataLengthExceedsMaximum'
  return EXPIRED.has(code) || status === 401 || status === 403 ? 'userAuthenticationRequired' : 'badServerResponse'
}

/** A server's words, short, and without the query of any URL in them, which may hold a signature. */
const shown = (message: string | null): string =>
  (message ?? '')
    .replace(/\s+/g, ' ')
    .replace(/(https?:\/\/[^\s?]*)\?\S*/g, '$1?…')
    .slice(0, 200)

/** A part whose entity tag cannot be read. */
export function hiddenTag(url: string): URLError {
  return new URLError('badServerResponse', {
    url,
    phase: 'response',
    why: 'the entity tag of a part cannot be read, and without it the upload cannot be completed',
    hint: 'let the bucket’s CORS rules expose the header ETag',
  })
}

/** An answer of another kind than was asked for. */
export function unreadable(operation: string, { answer: { status, url } }: S3Answer): URLError {
  return new URLError('cannotParseResponse', {
    url,
    phase: 'response',
    status,
    why: `the answer to ${operation} is not what S3 sends`,
  })
}
