/**
 * Headers that carry credentials: they are sent, but never written to a record or into resume data, and they stay
 * behind when a redirect leads to another origin. Told by their names, since everybody has his own; an author is no authorization.
 */
export const isCredentialHeader = (name: string): boolean =>
  /cookie|token|secret|credential|passw|(api|access|subscription)-?key|auth(?!or(?!i))/i.test(name)

type Pairs = readonly (readonly [string, string])[]

export const withoutCredentials = (headers: Pairs): [string, string][] =>
  headers.filter(([name]) => !isCredentialHeader(name)) as [string, string][]

/** Names of the credential headers among these. */
export const credentialNames = (headers: Pairs): string[] =>
  headers.map(([name]) => name.toLowerCase()).filter(isCredentialHeader)
