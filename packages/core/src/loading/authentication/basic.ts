/** Owns the Basic scheme (RFC 7617). */
import { toBase64 } from '../../model/digest-text.ts'
import type { NormalCredential } from '../../model/credential.ts'
import { URLError } from '../../model/url-error.ts'
import { utf8 } from './octets.ts'

/**
 * The value of `Authorization`. Always UTF-8 in NFC: the only encoding a server can ask for (`charset="UTF-8"`), and the one
 * that RFC 7617 appendix B.3 recommends where it does not.
 * @throws {URLError} `userAuthenticationRequired` for what Basic cannot carry: a colon in the user's name, control characters.
 */
export function basicAuthorization({ user, password }: NormalCredential, url: string): string {
  if (user.includes(':') || /[\0-\x1f\x7f]/.test(user + password))
    throw new URLError('userAuthenticationRequired', {
      url,
      phase: 'response',
      why: 'Basic authentication can carry neither a user name with a colon nor control characters',
    })
  return `Basic ${base64(utf8(`${user}:${password}`.normalize('NFC')))}`
}

/** In pieces: a credential may be longer than a call has room for arguments. */
function base64(bytes: Uint8Array): string {
  const pieces: string[] = []
  for (let at = 0; at < bytes.length; at += 3000) pieces.push(toBase64(bytes.subarray(at, at + 3000)))
  return pieces.join('')
}
