/** A hash that is fed piece by piece and can be put down and taken up again. */
export type DigestAlgorithm = 'sha256' | 'sha384' | 'sha512'

export interface Digest {
  update(bytes: Uint8Array): void
  /** The state so far, to be stored in a checkpoint; null where the implementation cannot tell it. */
  save(): Uint8Array | null
  /** The final hash; the digest cannot be used after it. */
  finish(): Uint8Array
}

/**
 * Starts a digest, or takes up the state that `save` gave.
 * @throws {URLError} `unsupportedByPlatform` when no implementation can be loaded.
 */
export type DigestFactory = (algorithm: DigestAlgorithm, state?: Uint8Array) => Promise<Digest>
