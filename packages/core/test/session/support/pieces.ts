/** Bytes in pieces, cut where chance will have it: what a network does to a text. */
import type { SeededChance } from '../../../../testing/src/fakes/fixed-chance.ts'

export const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Cuts bytes into pieces of up to eleven bytes, some of them empty; mostly in the middle of something. */
export function cut(bytes: Uint8Array, chance: SeededChance): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + chance.between(0, 11))
    pieces.push(bytes.subarray(at, end))
    at = end
  }
  return pieces
}

/** The pieces, each in the same buffer, which is spoiled as soon as the next is asked for: as bodies are allowed to. */
export async function* spoiling(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of pieces) {
    const lent = piece.slice()
    yield lent
    lent.fill(0xff)
  }
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of source) all.push(one)
  return all
}
