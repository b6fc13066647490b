/**
 * Digests fed piece by piece: WebAssembly where it may run, else JavaScript at half the speed (a policy
 * without `wasm-unsafe-eval` forbids it). Built as a file of its own, `digest.js`.
 */
import type { DigestFactory } from '../../ports/digest.ts'
import { nobleDigest } from './noble-digest.ts'
import { loadWasmHasher, wasmDigest } from './wasm-digest.ts'

export { digestScheme } from './http-digest.ts'

/** @throws {URLError} `recordUnreadable` when the state cannot be taken up here; feed the bytes from the start then. */
export const createDigest: DigestFactory = async (algorithm, state) => {
  const hasher = await loadWasmHasher(algorithm)
  return hasher ? wasmDigest(hasher, state) : nobleDigest(algorithm, state)
}
