import { expect, test } from 'vitest'
import { blockSize, contentAt, contentView, firstDifference } from '../src/origin/content.ts'

test('a byte depends on seed and offset alone, however it is read', () => {
  const whole = contentAt(3, blockSize - 1000, 2000)
  for (const [from, length] of [
    [0, 2000],
    [1, 7],
    [999, 2],
    [1000, 1000],
    [333, 1200],
  ] as const) {
    expect(contentAt(3, blockSize - 1000 + from, length)).toEqual(whole.slice(from, from + length))
  }
  expect(contentAt(4, 0, 64)).not.toEqual(contentAt(3, 0, 64))
})

test('offsets beyond 4 GiB are as good as others', () => {
  const far = 37 * 2 ** 30 + 5
  expect(contentAt(1, far, 100)).toEqual(contentAt(1, far - 50, 150).slice(50))
  expect(contentAt(1, far, 100)).not.toEqual(contentAt(1, far % 2 ** 32, 100))
})

test('a piece put at a wrong offset is seen, at any alignment', () => {
  const piece = contentAt(11, 5 * blockSize, 4096)
  for (const offset of [1, 2, 3, 4, 8, 16, 255, 256, 4096, 65_536, blockSize, 2 * blockSize, 7 * blockSize + 4]) {
    expect(firstDifference(11, 5 * blockSize + offset, piece)).toBeGreaterThanOrEqual(0)
    expect(firstDifference(11, 5 * blockSize - offset, piece)).toBeLessThan(16)
  }
  expect(firstDifference(11, 5 * blockSize, piece)).toBe(-1)
})

test('no two of the first thousand blocks start alike', () => {
  const starts = new Set<string>()
  for (let block = 0; block < 1000; block++) starts.add(contentView(2, block * blockSize, 16).join())
  expect(starts.size).toBe(1000)
})

test('firstDifference names the byte', () => {
  const bytes = contentAt(5, 100, 3 * blockSize)
  bytes[2 * blockSize + 17] = (bytes[2 * blockSize + 17] ?? 0) ^ 1
  expect(firstDifference(5, 100, bytes)).toBe(2 * blockSize + 17)
})

test('any whole number is a seed, also a large or a negative one', () => {
  const seen = [0, -1, 2 ** 31, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER].map((seed) => contentAt(seed, 0, 16).join())
  expect(new Set(seen).size).toBe(seen.length)
})
