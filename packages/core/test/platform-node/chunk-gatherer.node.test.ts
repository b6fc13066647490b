/** Pieces in, larger pieces out: in order, complete, and unharmed until the next is asked for. */
import { expect, test } from 'vitest'
import { contentAt, firstDifference } from '../../../testing/src/origin/content.ts'
import { ChunkGatherer } from '../../src/platform/node/chunk-gatherer.ts'

test('whatever comes in whatever order of adding and taking, every byte is given once and stays until the next', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const gatherer = new ChunkGatherer()
    let state = seed
    const next = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    let [added, taken] = [0, 0]
    let lent: { bytes: Uint8Array; from: number } | null = null
    for (let step = 0; step < 300; step++) {
      if (next(4) > 0) {
        // As a paused stream does: at most one more when it is full.
        if (gatherer.full && next(10) > 0) continue
        const length = 1 + next([10, 70_000, 300_000][next(3)] ?? 1)
        gatherer.add(contentAt(seed, added, length))
        added += length
      } else {
        if (lent) expect(firstDifference(seed, lent.from, lent.bytes)).toBe(-1)
        const bytes = gatherer.next()
        lent = bytes && { bytes, from: taken }
        taken += bytes?.length ?? 0
      }
      if (lent) expect(lent.bytes.length).toBeGreaterThan(0)
    }
    for (let bytes = gatherer.next(); bytes; bytes = gatherer.next()) {
      expect(firstDifference(seed, taken, bytes)).toBe(-1)
      taken += bytes.length
    }
    expect(taken).toBe(added)
  }
})

test('a piece that waits alone is not copied', () => {
  const gatherer = new ChunkGatherer()
  const piece = contentAt(1, 0, 100)
  gatherer.add(piece)
  expect(gatherer.next()).toBe(piece)
  expect(gatherer.next()).toBeNull()
})
