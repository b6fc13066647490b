/**
 * Owns: SHA-256 as a port: fed in pieces, put down and taken up again. Plain arithmetic, so that it is the same everywhere
 * and needs nobody; some 100 MB a second, enough for tests.
 */
import { type Digest, type DigestFactory, URLError } from './ports.ts'

const rounds: Uint32Array = new Uint32Array(64)
const start: Uint32Array = new Uint32Array(8)
{
  // The first 32 bits of the fractional parts of cube and square roots of the first primes.
  const fraction = (root: number): number => Math.floor((root % 1) * 0x1_0000_0000)
  for (let candidate = 2, found = 0; found < 64; candidate++) {
    let prime = true
    for (let d = 2; d * d <= candidate; d++) if (candidate % d === 0) prime = false
    if (!prime) continue
    rounds[found] = fraction(Math.cbrt(candidate))
    if (found < 8) start[found] = fraction(Math.sqrt(candidate))
    found++
  }
}

const turned = (x: number, by: number): number => (x >>> by) | (x << (32 - by))
/** Bytes of a saved state: eight words, the length, a block. */
const stateSize = 32 + 8 + 64

class Sha256Digest implements Digest {
  #words: Uint32Array = start.slice()
  readonly #block: Uint8Array = new Uint8Array(64)
  #length = 0
  readonly #schedule: Uint32Array = new Uint32Array(64)

  constructor(state?: Uint8Array) {
    if (!state) return
    if (state.length !== stateSize)
      throw new URLError('recordUnreadable', { phase: 'storage', why: 'its digest state has the wrong size' })
    const view = new DataView(state.buffer, state.byteOffset, state.byteLength)
    this.#words = Uint32Array.from({ length: 8 }, (_, i) => view.getUint32(i * 4))
    this.#length = Number(view.getBigUint64(32))
    this.#block.set(state.subarray(40))
  }

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const filled = this.#length % 64
      const take = Math.min(64 - filled, bytes.length - at)
      this.#block.set(bytes.subarray(at, at + take), filled)
      this.#length += take
      at += take
      if (this.#length % 64 === 0) this.#compress()
    }
  }

  save(): Uint8Array {
    const state = new Uint8Array(stateSize)
    const view = new DataView(state.buffer)
    this.#words.forEach((word, i) => view.setUint32(i * 4, word))
    view.setBigUint64(32, BigInt(this.#length))
    state.set(this.#block, 40)
    return state
  }

  finish(): Uint8Array {
    const bits = BigInt(this.#length) * 8n
    const zeros = (119 - (this.#length % 64)) % 64
    const tail = new Uint8Array(1 + zeros + 8)
    tail[0] = 0x80
    new DataView(tail.buffer).setBigUint64(1 + zeros, bits)
    this.update(tail)
    const hash = new Uint8Array(32)
    const view = new DataView(hash.buffer)
    this.#words.forEach((word, i) => view.setUint32(i * 4, word))
    return hash
  }

  #compress(): void {
    const w = this.#schedule
    const view = new DataView(this.#block.buffer)
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(i * 4)
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15] as number
      const y = w[i - 2] as number
      const s0 = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3)
      const s1 = turned(y, 17) ^ turned(y, 19) ^ (y >>> 10)
      w[i] = (w[i - 16] as number) + s0 + (w[i - 7] as number) + s1
    }
    let [a, b, c, d, e, f, g, h] = this.#words as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    for (let i = 0; i < 64; i++) {
      const one =
        (h +
          (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) +
          ((e & f) ^ (~e & g)) +
          (rounds[i] as number) +
          (w[i] as number)) |
        0
      const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + one) | 0
      d = c
      c = b
      b = a
      a = (one + two) | 0
    }
    for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) this.#words[i] = (this.#words[i] as number) + value
  }
}

/** A DigestFactory that knows SHA-256 and nothing else. */
export const sha256Digest: DigestFactory = async (algorithm, state) => {
  if (algorithm !== 'sha256')
    throw new URLError('unsupportedByPlatform', { why: `the fake platform has no ${algorithm}`, hint: 'use sha256' })
  return new Sha256Digest(state)
}
