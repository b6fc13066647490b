/** A finished digest as text. */
import type { IntegrityAlgorithm } from './integrity.ts'

export const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

/** `sha256-…` of a finished digest. */
export const integrityText = (algorithm: IntegrityAlgorithm, digest: Uint8Array): string =>
  `${algorithm}-${toBase64(digest)}`
