/**
 * Owns the checksums that S3 can check a part by. CRC-32 is a table of our own: the WebAssembly of a library is not allowed to run under
 * every Content-Security-Policy. SHA-256 and MD5 come from where they are: the platform, and a package that is loaded when it is needed.
 */
import { toBase64 } from '../../model/digest-text.ts'
import { URLError } from '../../model/url-error.ts'

export type S3Checksum = 'crc32' | 'sha256'

/** In base64, as S3 writes it. */
export async function checksumOf(algorithm: S3Checksum, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (algorithm === 'crc32') return toBase64(bigEndian(crc32(bytes)))
  // Browsers hide it from pages that came over plain http.
  const subtle = (globalThis.crypto as Partial<Crypto> | undefined)?.subtle
  if (!subtle)
    throw new URLError('unsupportedByPlatform', {
      phase: 'setup',
      why: 'SHA-256 checksums need a secure context',
      hint: "serve the page over https, or use checksum: 'crc32'",
    })
  return toBase64(new Uint8Array(await subtle.digest('SHA-256', bytes)))
}

/** The reflected polynomial of ISO/IEC 8802-3, which gzip and PNG use as well. */
const POLYNOMIAL = 0xed_b8_83_20
let tables: Int32Array | null = null

/** Eight bytes at a time, which one table for each place among them makes ten times as fast as one byte after another. */
function crc32(bytes: Uint8Array): number {
  const steps = (tables ??= makeTables())
  const step = (place: number, byte: number): number => steps[(place << 8) | (byte & 0xff)] as number
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let crc = -1
  let at = 0
  for (; at + 8 <= bytes.length; at += 8) {
    const low = view.getInt32(at, true) ^ crc
    const high = view.getInt32(at + 4, true)
    crc =
      step(7, low) ^
      step(6, low >>> 8) ^
      step(5, low >>> 16) ^
      step(4, low >>> 24) ^
      step(3, high) ^
      step(2, high >>> 8) ^
      step(1, high >>> 16) ^
      step(0, high >>> 24)
  }
  for (; at < bytes.length; at++) crc = step(0, crc ^ view.getUint8(at)) ^ (crc >>> 8)
  return ~crc >>> 0
}

function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256)
  for (let index = 0; index < made.length; index++) {
    // That of the place before it, moved on by eight bits of zero.
    let value = index < 256 ? index : (made[index - 256] as number)
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
    made[index] = value
  }
  return made
}

const bigEndian = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)

/**
 * The entity tag of the whole, as AWS, R2 (since June 2023), MinIO and Ceph make it: the MD5 of the parts' MD5s, and how many they are.
 * Null where the parts' tags are something else.
 */
export async function wholeTag(tags: readonly string[]): Promise<string | null> {
  const digests = tags.map((tag) => /^"?([\da-f]{32})"?$/i.exec(tag)?.[1])
  if (digests.some((digest) => digest === undefined)) return null
  const { md5 } = await import('@noble/hashes/legacy.js')
  const { bytesToHex, hexToBytes } = await import('@noble/hashes/utils.js')
  return `${bytesToHex(md5(hexToBytes(digests.join(''))))}-${String(tags.length)}`
}
