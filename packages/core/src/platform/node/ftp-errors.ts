/** Owns: what an FTP server's refusal is called (RFC 959 §4.2), and which of them are none. */
import { URLError, type URLErrorCode } from '../../model/url-error.ts'
import { networkError } from './network-errors.ts'

/** The server's three digits, or null for failures of another kind. */
const replyOf = (error: unknown): number | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : null

export const isRefusedLogin = (error: unknown): boolean => replyOf(error) === 530 || replyOf(error) === 332

/** Not there, not readable, or no file. */
export const isUnavailable = (error: unknown): boolean => [550, 551, 553].includes(replyOf(error) ?? 0)

/** The server does not know the command, or answers it in words where basic-ftp looks for a number. */
export const isNotImplemented = (error: unknown): boolean =>
  [500, 501, 502, 504].includes(replyOf(error) ?? 0) || (error instanceof Error && /can't parse/i.test(error.message))

const CODES: { readonly [reply: number]: URLErrorCode } = {
  421: 'cannotConnectToHost',
  425: 'networkConnectionLost',
  426: 'networkConnectionLost',
  530: 'userAuthenticationRequired',
  532: 'userAuthenticationRequired',
}

/** Any failure of an FTP exchange as a URLError. */
export function ftpError(cause: unknown, url: string): URLError {
  if (URLError.is(cause)) return cause
  const reply = replyOf(cause)
  if (reply === null) return closedEarly(cause, url) ?? networkError(cause, { url, phase: 'connect' })
  const why = cause instanceof Error ? cause.message.slice(0, 300) : ''
  const details = { url, phase: 'response', why, cause } as const
  if (isUnavailable(cause))
    return new URLError(
      /permission|denied|not allowed/i.test(why) ? 'noPermissionsToReadFile' : 'fileDoesNotExist',
      details,
    )
  // 4xx is "not now" (§4.2.1).
  return new URLError(CODES[reply] ?? 'badServerResponse', { ...details, retryable: reply < 500 })
}

/** basic-ftp's own words for a connection that the server ended. */
function closedEarly(cause: unknown, url: string): URLError | null {
  const why = cause instanceof Error ? cause.message : ''
  if (!/closed|FIN packet/i.test(why)) return null
  return new URLError('networkConnectionLost', { url, phase: 'body', why: why.slice(0, 300), cause })
}
