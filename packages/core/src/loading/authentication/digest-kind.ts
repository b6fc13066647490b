/** Owns what a Digest challenge asks for, told before any hash is loaded: whether it can be answered, and how strong it is. */
import type { Challenge } from './challenge-parser.ts'

export interface DigestKind {
  readonly hash: 'md5' | 'sha256' | 'sha512_256'
  /** A `-sess` algorithm. */
  readonly session: boolean
  /** Null as RFC 2069 had it. `auth-int` only where a server takes nothing else. */
  readonly qop: 'auth' | 'auth-int' | null
  readonly userhash: boolean
}

const HASHES = new Map<string, DigestKind['hash']>([
  ['md5', 'md5'],
  ['sha-256', 'sha256'],
  ['sha-512-256', 'sha512_256'],
])

/** Null when it lacks realm or nonce, or asks for an algorithm or a protection that is not known. */
export function digestKind({ parameters }: Challenge): DigestKind | null {
  const [algorithm = '', suffix, ...rest] = (parameters.get('algorithm') ?? 'MD5').toLowerCase().split(/-(?=sess$)/)
  const hash = HASHES.get(algorithm)
  if (!hash || rest.length > 0 || !parameters.has('realm') || !parameters.has('nonce')) return null
  const offered = parameters
    .get('qop')
    ?.toLowerCase()
    .split(',')
    .map((one) => one.trim())
  const qop = offered?.includes('auth') ? 'auth' : offered?.includes('auth-int') ? 'auth-int' : null
  if (offered && qop === null) return null
  const userhash = parameters.get('userhash')?.toLowerCase() === 'true'
  return { hash, session: suffix !== undefined, qop, userhash }
}
