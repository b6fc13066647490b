/** SHA-2 by hash-wasm, whose state can be saved and taken up again. */
import { createSHA256, createSHA384, createSHA512, type IHasher } from 'hash-wasm'
import { URLError } from '../../model/url-error.ts'
import type { Digest, DigestAlgorithm } from '../../ports/digest.ts'

const create = { sha256: createSHA256, sha384: createSHA384, sha512: createSHA512 }
let refused = false

/** Null where WebAssembly is missing or forbidden; it is then not tried again. */
export async function loadWasmHasher(algorithm: DigestAlgorithm): Promise<IHasher | null> {
  if (refused) return null
  try {
    return await create[algorithm]()
  } catch {
    refused = true
    return null
  }
}

export function wasmDigest(hasher: IHasher, state?: Uint8Array): Digest {
  if (state) {
    try {
      hasher.load(state)
    } catch (cause) {
      throw new URLError('recordUnreadable', { phase: 'storage', why: 'its digest is of another version', cause })
    }
  }
  return {
    update: (bytes) => void hasher.update(bytes),
    save: () => hasher.save(),
    finish: () => hasher.digest('binary'),
  }
}
