/** Integrity as a caller gives it, and a digest that tells how much it was fed. */
import { sha256Digest } from '../../../../testing/src/fakes/sha256-digest.ts'
import { integrityText } from '../../../src/model/digest-text.ts'
import { parseIntegrity, type Integrity } from '../../../src/model/integrity.ts'
import type { DigestFactory } from '../../../src/ports/digest.ts'

export async function integrityOf(bytes: Uint8Array<ArrayBuffer>): Promise<{ text: string; integrity: Integrity }> {
  const text = integrityText('sha256', new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
  return { text, integrity: parseIntegrity(text) }
}

export interface Tally {
  readonly digest: DigestFactory
  /** Bytes fed to digests, over all of them. */
  fed: number
  /** How often a saved state was taken up. */
  restored: number
}

/** A digest that counts. `saves: false` is one that cannot tell its state. */
export function tally({ saves = true }: { saves?: boolean } = {}): Tally {
  const counted: Tally = {
    fed: 0,
    restored: 0,
    digest: async (algorithm, state) => {
      const inner = await sha256Digest(algorithm, state)
      if (state) counted.restored += 1
      return {
        update: (bytes) => {
          counted.fed += bytes.byteLength
          inner.update(bytes)
        },
        save: () => (saves ? inner.save() : null),
        finish: () => inner.finish(),
      }
    },
  }
  return counted
}
