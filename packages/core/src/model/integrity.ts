/** Subresource Integrity metadata (W3C SRI): `sha256-<base64>`, the strongest of several counts. */
export type IntegrityAlgorithm = 'sha256' | 'sha384' | 'sha512'

export interface Integrity {
  readonly algorithm: IntegrityAlgorithm
  /** Accepted digests, base64; any one of them is enough. */
  readonly digests: readonly string[]
}

const BYTES = { sha256: 32, sha384: 48, sha512: 64 } as const

/**
 * Parses one or more space-separated digests; options behind `?` are ignored, as SRI says.
 * Unlike SRI, which skips what it cannot read, anything malformed is an error: a typo must not
 * switch the check off.
 * @throws {TypeError} saying what was given and what is allowed.
 */
export function parseIntegrity(text: string): Integrity {
  const parsed = text.trim().split(/\s+/).map(parseOne)
  const strongest =
    parsed
      .map((one) => one.algorithm)
      .toSorted()
      .at(-1) ?? 'sha256'
  return {
    algorithm: strongest,
    digests: parsed.filter((one) => one.algorithm === strongest).map((one) => one.digest),
  }
}

function parseOne(text: string): { algorithm: IntegrityAlgorithm; digest: string } {
  const match = /^(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})(\?.*)?$/.exec(text)
  const algorithm = match?.[1] as IntegrityAlgorithm | undefined
  // SRI takes base64 and base64url alike; digests are compared in the first form.
  const digest = (match?.[2] ?? '').replaceAll('-', '+').replaceAll('_', '/')
  if (!algorithm || decodedLength(digest) !== BYTES[algorithm])
    throw new TypeError(
      `downloadTask options: option "integrity" was "${text.slice(0, 100)}"; allowed is sha256-, sha384- or sha512- with the base64 of that many bits`,
    )
  return { algorithm, digest: padded(digest) }
}

const padded = (base64: string): string => {
  const bare = base64.replace(/=+$/, '')
  return bare + '='.repeat((4 - (bare.length % 4)) % 4)
}

function decodedLength(base64: string): number {
  try {
    return atob(padded(base64)).length
  } catch {
    return -1
  }
}
