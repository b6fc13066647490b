/** SHA-2 in JavaScript, for where WebAssembly may not run. It cannot tell its state. */
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { URLError } from '../../model/url-error.ts'
import type { Digest, DigestAlgorithm } from '../../ports/digest.ts'

const algorithms = { sha256, sha384, sha512 }

export function nobleDigest(algorithm: DigestAlgorithm, state?: Uint8Array): Digest {
  if (state)
    throw new URLError('recordUnreadable', {
      phase: 'storage',
      why: 'its digest was saved by WebAssembly, which is not allowed here',
    })
  const hash = algorithms[algorithm].create()
  return { update: (bytes) => void hash.update(bytes), save: () => null, finish: () => hash.digest() }
}
