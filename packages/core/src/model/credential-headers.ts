/**
 * Headers that carry credentials: they are sent, but never written to a record or into resume data, and they stay
 * behind when a redirect leads to another origin. Told by their names, since everybody has his own; an author is no authorization.
 */
const CREDENTIAL_HEADER = /auth(?!or(?!i[sz]))|cookie|token|secret|credential|password|(api|access|subscription)-?key/i

export const isCredentialHeader = (name: string): boolean => CREDENTIAL_HEADER.test(name)

type Pairs = readonly (readonly [string, string])[]

export const withoutCredentials = (headers: Pairs): [string, string][] =>
  headers.filter(([name]) => !isCredentialHeader(name)).map(([name, value]) => [name, value])

/** Names of the credential headers among these. */
export const credentialNames = (headers: Pairs): string[] =>
  headers.map(([name]) => name.toLowerCase()).filter(isCredentialHeader)
