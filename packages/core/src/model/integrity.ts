/** Subresource Integrity metadata (W3C SRI): `sha256-<base64>`, the strongest of several counts. */
export type IntegrityAlgorithm = 'sha256' | 'sha384' | 'sha512'

export interface Integrity {
  readonly algorithm: IntegrityAlgorithm
  /** Accepted digests, base64; any one of them is enough. */
  readonly digests: readonly string[]
}

/** Characters of base64, without what fills it up. */
const LENGTHS: Readonly<Record<string, number>> = { sha256: 43, sha384: 64, sha512: 86 }

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
  const [, algorithm = '', given = ''] = /^(sha\d+)-([\w+/-]+)={0,2}(\?.*)?$/.exec(text) ?? []
  if (given.length !== LENGTHS[algorithm])
    throw new TypeError(
      `downloadTask options: option "integrity" was "${text.slice(0, 100)}"; allowed is sha256-, sha384- or sha512- with the base64 of that many bits`,
    )
  // SRI takes base64 and base64url alike; digests are compared in the first form.
  const digest = given.replaceAll('-', '+').replaceAll('_', '/')
  return { algorithm: algorithm as IntegrityAlgorithm, digest: digest.padEnd(Math.ceil(digest.length / 4) * 4, '=') }
}
