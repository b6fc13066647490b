/** Owns which of a server's challenges can be answered with a user and a password, strongest first. */
import { protectionSpace, spaceKey, type URLProtectionSpace } from '../../model/protection-space.ts'
import { parseChallenges, type Challenge } from './challenge-parser.ts'
import { digestKind } from './digest-kind.ts'
import { readable } from './octets.ts'

export interface Offer {
  readonly challenge: Challenge
  readonly space: URLProtectionSpace
  /** Of the space. */
  readonly key: string
}

const DIGEST_STRENGTH = { md5: 1, sha256: 2, sha512_256: 3 }

/**
 * The offers of a header; of two that are equally strong, the server's first. One that cannot be answered is left out: an
 * unknown scheme, no realm, an unknown algorithm, `auth-int` for a body that cannot be hashed.
 * @param asker The URL of the server, or of the proxy.
 */
export function offersOf(header: string | null, asker: string, isProxy: boolean, body: BodyInit | null): Offer[] {
  return parseChallenges(header ?? '')
    .map((challenge) => ({ challenge, strength: strengthOf(challenge, body) }))
    .filter(({ strength }) => strength >= 0)
    .toSorted((left, right) => right.strength - left.strength)
    .map(({ challenge }) => {
      const realm = readable(challenge.parameters.get('realm') ?? '')
      const space = protectionSpace(asker, realm, challenge.scheme, isProxy)
      return { challenge, space, key: spaceKey(space) }
    })
}

function strengthOf(challenge: Challenge, body: BodyInit | null): number {
  if (challenge.scheme === 'basic') return challenge.parameters.has('realm') ? 0 : -1
  const kind = challenge.scheme === 'digest' ? digestKind(challenge) : null
  if (!kind || (kind.qop === 'auth-int' && !canBeHashed(body))) return -1
  return DIGEST_STRENGTH[kind.hash]
}

/** A stream is gone once sent. What a form becomes on the wire, only the platform knows. */
const canBeHashed = (body: BodyInit | null): boolean => !(body instanceof ReadableStream || body instanceof FormData)

/** The bytes that `auth-int` covers. */
export async function bytesToHash(challenge: Challenge, body: BodyInit | null): Promise<Uint8Array> {
  if (body === null || digestKind(challenge)?.qop !== 'auth-int') return new Uint8Array()
  return new Uint8Array(await new Response(body).arrayBuffer())
}
