/** Headers that carry credentials: they are sent, but never written to a record or into resume data. */
const CREDENTIAL_HEADERS = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'cookie2',
  'x-api-key',
  'x-auth-token',
])

export const isCredentialHeader = (name: string): boolean => CREDENTIAL_HEADERS.has(name.toLowerCase())

type Pairs = readonly (readonly [string, string])[]

export const withoutCredentials = (headers: Pairs): [string, string][] =>
  headers.filter(([name]) => !isCredentialHeader(name)).map(([name, value]) => [name, value])

/** Names of the credential headers among these. */
export const credentialNames = (headers: Pairs): string[] =>
  headers.map(([name]) => name.toLowerCase()).filter(isCredentialHeader)
