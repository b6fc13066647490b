/**
 * Owns: what the bytes of a generated file are.
 * Why: a test wants a file of many gigabytes that nobody holds, whose every byte can be named from (seed, offset)
 * alone, and in which a slice put at any wrong offset is seen. One random block of 1 MiB per seed is kept (twice over,
 * back to back); block number k of the file is that block rotated by an amount no other block has. A piece of the file
 * is therefore a view into memory that already exists: no work per byte. Free of node imports, so a page can use it too.
 */

/** Bytes in one block: 1 MiB. */
export const blockSize: number = 1 << 20

const mask = blockSize - 1
/** Base blocks kept, each 2 MiB. */
const keptBlocks = 16
const blocks = new Map<number, Uint8Array>()

/** Spreads the bits of a 32-bit number (the finisher of MurmurHash3). */
function mix(value: number): number {
  let x = value >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

function doubledBlock(seed: number): Uint8Array {
  const known = blocks.get(seed)
  if (known) return known
  const doubled = new Uint8Array(blockSize * 2)
  const words = new Uint32Array(doubled.buffer, 0, blockSize / 4)
  // sfc32: small, fast, and good enough that no two windows of a block are alike.
  let a = mix(seed)
  let b = mix(seed ^ 0x9e3779b9)
  let c = mix(Math.floor(seed / 0x1_0000_0000) ^ 0x51ed270b)
  let counter = 1
  for (let i = -16; i < words.length; i++) {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    if (i >= 0) words[i] = sum
  }
  doubled.copyWithin(blockSize, 0, blockSize)
  if (blocks.size >= keptBlocks) blocks.delete(blocks.keys().next().value as number)
  blocks.set(seed, doubled)
  return doubled
}

/** Where block `index` starts inside the base block. One-to-one over the first 2^20 blocks, so no two blocks are equal. */
function rotation(seed: number, index: number): number {
  const salt = mix(seed ^ mix(Math.floor(index / blockSize)))
  let x = (index ^ salt) & mask
  x = Math.imul(x, 0x2c1b3c6d) & mask
  x ^= x >>> 9
  x = Math.imul(x, 0x297a2d39) & mask
  x ^= x >>> 11
  return (x + (salt >>> 12)) & mask
}

/**
 * A view of the file's bytes from `offset`: at most `most` of them, fewer where a block ends. The view is shared memory
 * that must not be written to or transferred; take {@link contentAt} for bytes of your own.
 */
export function contentView(seed: number, offset: number, most: number): Uint8Array {
  const inner = offset % blockSize
  const start = rotation(seed, Math.floor(offset / blockSize)) + inner
  return doubledBlock(seed).subarray(start, start + Math.min(most, blockSize - inner))
}

/** A copy of `length` bytes of the file with this seed, from `offset`. */
export function contentAt(seed: number, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let done = 0; done < length;) {
    const view = contentView(seed, offset + done, length - done)
    bytes.set(view, done)
    done += view.length
  }
  return bytes
}

/**
 * Compares bytes that were read from somewhere with what the file holds from `offset`.
 * Returns the index of the first byte that differs, or -1 when all agree.
 */
export function firstDifference(seed: number, offset: number, bytes: Uint8Array): number {
  for (let done = 0; done < bytes.length;) {
    const view = contentView(seed, offset + done, bytes.length - done)
    for (let i = 0; i < view.length; i++) if (view[i] !== bytes[done + i]) return done + i
    done += view.length
  }
  return -1
}
