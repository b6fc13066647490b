/** The checksums that are computed here are those that others compute. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { checksumOf, wholeTag } from '../../../src/session/uploads/s3-checksums.ts'
import { content } from './support/s3.ts'

test('CRC-32 is that of zlib, for all lengths and places in memory', async () => {
  for (let size = 0; size < 300; size++) {
    const bytes = content(size + 3, size).subarray(size % 4)
    const expected = Buffer.alloc(4)
    expected.writeUInt32BE(crc32(bytes))
    expect(await checksumOf('crc32', bytes)).toBe(expected.toString('base64'))
  }
  expect(await checksumOf('crc32', new TextEncoder().encode('123456789'))).toBe(
    Buffer.from('cbf43926', 'hex').toString('base64'),
  )
})

test('SHA-256 is that of Node', async () => {
  const bytes = content(100_000)
  expect(await checksumOf('sha256', bytes)).toBe(createHash('sha256').update(bytes).digest('base64'))
})

test('the tag of a whole is known where those of its parts are MD5s, in quotes or without, and nowhere else', async () => {
  // The example of R2's documentation.
  const parts = ['bce6bf66aeb76c7040fdd5f4eccb78e6', '"8165449fc15bbf43d3b674595cbcc406"']
  expect(await wholeTag(parts)).toBe('f77dc0eecdebcd774a2a22cb393ad2ff-2')
  expect(await wholeTag([...parts, '"opaque"'])).toBe(null)
})
