/** What any upload server's answers have in common: whether they are good, what they say, and where they point to. */
import { withoutUserInfo } from '../../model/safe-url.ts'
import type { UploadAnswer } from '../../model/upload-protocol.ts'
import { URLError, type URLErrorDetails } from '../../model/url-error.ts'

export const isGood = ({ status }: UploadAnswer): boolean => status >= 200 && status < 300

export function unusable(answer: UploadAnswer, details: URLErrorDetails): URLError {
  return new URLError('badServerResponse', { url: answer.url, phase: 'response', status: answer.status, ...details })
}

/** The status, and what the server said with it: one line, at most 200 characters. */
export function reasonOf({ status, statusText, body }: UploadAnswer): string {
  const said = new TextDecoder()
    .decode(body.subarray(0, 1000))
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 200)
  return `the server answered ${`${status} ${statusText}`.trim()}${said && `, "${said}"`}`
}

/** Where the upload is, absolute. @throws {URLError} `badServerResponse`. */
export function locationIn(answer: UploadAnswer): string {
  const text = textOf(answer, 'Location')
  const url = URL.parse(text, answer.url)
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    throw unusable(answer, { why: 'its Location is no http address' })
  url.hash = ''
  return withoutUserInfo(url).href
}

/** A header that must be there. @throws {URLError} `badServerResponse`. */
export function textOf(answer: UploadAnswer, name: string): string {
  const text = answer.headers.get(name)
  if (text !== null) return text
  throw unusable(answer, {
    why: `it has no ${name}, which an answer of tus 1.0.0 must have`,
    hint: 'is this the address of a tus server? Another origin must list the header in Access-Control-Expose-Headers',
  })
}
