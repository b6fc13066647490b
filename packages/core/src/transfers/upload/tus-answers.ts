/** What the answers of a tus server mean: its offsets, addresses and dates, and what is to be done about its refusals. */
import { parseRetryAfter, isTransientStatus } from '../../loading/retry.ts'
import type { UploadAnswer, UploadDetour } from '../../model/upload-protocol.ts'
import { URLError } from '../../model/url-error.ts'
import { reasonOf, textOf, unusable } from './upload-answers.ts'

/** The way on after a HEAD or a PATCH that was refused, or null where there is none. */
export function detourOf(answer: UploadAnswer): UploadDetour | null {
  const detour = DETOURS[answer.status]
  return detour === undefined ? null : { detour, why: reasonOf(answer) }
}

/** 403 as well: servers may hide by it what they do not have. A final upload, which takes no bytes, never gets any from here. */
const DETOURS: { readonly [status: number]: UploadDetour['detour'] } = {
  403: 'create',
  404: 'create',
  409: 'locate',
  410: 'create',
  413: 'smaller',
  460: 'again',
}

/** Statuses of servers that will not do it later either: they do not know how. */
const NEVER = new Set([501, 505])

/** An answer that ends the attempt. */
export function failureOf(answer: UploadAnswer): URLError {
  const { status, headers } = answer
  if (status === 412) {
    const versions = headers.get('tus-version')
    const why = `the server does not speak tus 1.0.0${versions ? ` but ${versions.slice(0, 60)}` : ''}`
    return unusable(answer, { why, hint: 'or something before it removed the header Tus-Resumable' })
  }
  const locked = status === 423
  const retryable = locked || isTransientStatus(status) || (status >= 500 && !NEVER.has(status))
  return unusable(answer, {
    why: `${locked ? 'the upload is locked by another request: ' : ''}${reasonOf(answer)}`,
    retryable,
  })
}

/** The server wants no file of this size. */
export function tooLarge(answer: UploadAnswer): URLError {
  const most = answer.headers.get('tus-max-size')
  const why = most ? `the server takes at most ${most.slice(0, 20)} bytes` : reasonOf(answer)
  return new URLError('dataLengthExceedsMaximum', { url: answer.url, phase: 'response', status: answer.status, why })
}

/** An answer that ends an attempt to make an upload, where 413 is about the whole. */
export const creationFailureOf = (answer: UploadAnswer): URLError =>
  answer.status === 413 ? tooLarge(answer) : failureOf(answer)

/** @throws {URLError} `badServerResponse`: no offset, or none that can be. */
export function offsetIn(answer: UploadAnswer, most: number): number {
  const text = textOf(answer, 'Upload-Offset')
  const offset = /^\d+$/.test(text) ? Number(text) : -1
  if (offset >= 0 && offset <= most) return offset
  throw unusable(answer, { why: `its Upload-Offset is "${text.slice(0, 40)}", of ${most} bytes` })
}

/**
 * When the upload will be gone, by our clock in milliseconds; null where that is not known. The date is the server's, so it is compared
 * with the server's own where that is shown: a clock that is a day fast must not make each upload an old one.
 */
export function expiryIn({ headers }: UploadAnswer, now: number): number | null {
  const told = Date.parse(headers.get('date') ?? '')
  const left = parseRetryAfter(headers.get('upload-expires'), Number.isNaN(told) ? now : told)
  return left === null || (left === 0 && Number.isNaN(told)) ? null : now + left
}
