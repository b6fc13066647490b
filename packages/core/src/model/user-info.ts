/** Owns what stands before the `@` in a URL: a user and a password, decoded. Apart from other credentials, since every request looks for it. */
import type { URLCredential } from './credential.ts'
import { toBase64 } from './digest-text.ts'

/** What stands in `https://user:password@host/`, decoded, or null. It is proposed when the server asks, not sent unasked. */
export function credentialOf({ username, password }: URL): URLCredential | null {
  if (username === '' && password === '') return null
  return { user: decoded(username), password: decoded(password), persistence: 'forSession' }
}

/** The same as an Authorization header of the Basic kind (RFC 7617, in UTF-8); null when there is no user. */
export function basicOf({ username, password }: URL): string | null {
  if (username === '') return null
  return `Basic ${toBase64(new TextEncoder().encode(`${decoded(username)}:${decoded(password)}`))}`
}

/** A percent sign that encodes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
