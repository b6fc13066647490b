/** Why a browser has no storage of cookies to open. */
import { URLError } from '../model/url-error.ts'

/**
 * In Node: the cookies of the sessions of a state directory.
 * @throws {URLError} `unsupportedByPlatform`: in a browser cookies are the browser's.
 */
export async function openCookieStorage(_options?: { directory?: string }): Promise<never> {
  throw new URLError('unsupportedByPlatform', {
    phase: 'setup',
    why: 'cookies are the browser’s, which shows them to no session',
    hint: 'use the platform’s cookieStore, or document.cookie',
  })
}
