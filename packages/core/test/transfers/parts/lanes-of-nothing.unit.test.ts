/** Lanes as a protocol of the user's own, or resume data, may describe them. */
import { expect, it } from 'vitest'
import { UploadParts } from '../../../src/transfers/upload/upload-parts.ts'

it.each([0, -1, Number.NaN])('lanes of %s bytes are one lane, and have an end', (size) => {
  const parts = new UploadParts(() => 10, { size, whole: false }, [])
  expect(parts.take(10)).toEqual({ from: 0, to: 10 })
  expect(parts.take(10)).toBe(null)
})
