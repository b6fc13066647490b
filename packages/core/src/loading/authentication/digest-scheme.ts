/** Owns the seam between what is always there and the Digest scheme, which is loaded when a server asks for it. */
import type { NormalCredential } from '../../model/credential.ts'
import type { Challenge } from './challenge-parser.ts'

export interface DigestScheme {
  /** Takes a challenge up. @throws {TypeError} for one that `digestKind` does not know. */
  begin(question: DigestQuestion): DigestSession
}

export interface DigestQuestion {
  readonly challenge: Challenge
  readonly credential: NormalCredential
  /** Makes client nonces, never the same twice. */
  readonly nonce: () => string
}

/** One nonce of the server's in use, and how often. */
export interface DigestSession {
  /** The value of `Authorization` for one request; every call counts as a use. */
  authorize(answer: DigestAnswer): string
  /** Takes `Authentication-Info` of a success. */
  took(authenticationInfo: string): void
}

export interface DigestAnswer {
  readonly method: string
  /** The target of the request line. */
  readonly uri: string
  /** Looked at only for `auth-int`. */
  readonly body: Uint8Array
}
