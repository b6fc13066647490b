/** Byte ranges against the plainest thing that does the same: one flag a byte. */
import { SeededChance } from '../../../testing/src/fakes/fixed-chance.ts'
import { describe, expect, it } from 'vitest'
import {
  addRange,
  clipRanges,
  countBytes,
  missingRanges,
  prefixLength,
  type ByteRanges,
} from '../../src/model/byte-ranges.ts'

const SIZE = 64

/** A set of bytes as flags. */
class Bitmap {
  readonly flags = new Uint8Array(SIZE)

  add(from: number, to: number): void {
    this.flags.fill(1, from, to)
  }

  /** As ranges: maximal runs of `flag`. */
  runs(flag: 0 | 1, end: number = SIZE): [number, number][] {
    const runs: [number, number][] = []
    for (let at = 0; at < end; at++) {
      if (this.flags[at] !== flag) continue
      const last = runs.at(-1)
      if (last?.[1] === at) last[1] = at + 1
      else runs.push([at, at + 1])
    }
    return runs
  }
}

describe('byte ranges', () => {
  it('are the union of all that was added, in any order, and say so in the shortest form', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const chance = new SeededChance(seed)
      const bitmap = new Bitmap()
      let ranges: ByteRanges = []
      for (let step = 0; step < 12; step++) {
        const from = chance.between(0, SIZE - 1)
        const to = Math.min(SIZE, from + chance.between(0, 12))
        ranges = addRange(ranges, [from, to])
        bitmap.add(from, to)
        const end = chance.between(0, SIZE)
        const cut = new Bitmap()
        for (const [start, stop] of clipRanges(ranges, end)) cut.add(start, stop)
        const seen = {
          ranges: [...ranges],
          count: countBytes(ranges),
          prefix: prefixLength(ranges),
          missing: [...missingRanges(ranges, SIZE)],
          cut: cut.runs(1),
        }
        expect(seen, `seed ${seed}, step ${step}: + [${from}, ${to}), cut at ${end}`).toEqual({
          ranges: bitmap.runs(1),
          count: bitmap.flags.reduce((sum, flag) => sum + flag, 0),
          prefix: bitmap.flags.indexOf(0) < 0 ? SIZE : bitmap.flags.indexOf(0),
          missing: bitmap.runs(0),
          cut: bitmap.runs(1, end),
        })
      }
    }
  })

  it('miss everything behind the last byte while the end is not known', () => {
    expect(missingRanges([], null)).toEqual([[0, Infinity]])
    expect(missingRanges([[0, 10]], null)).toEqual([[10, Infinity]])
    expect(missingRanges([[5, 10]], null)).toEqual([
      [0, 5],
      [10, Infinity],
    ])
  })

  it('have no prefix when they do not start at 0', () => {
    expect(prefixLength([[1, 10]])).toBe(0)
    expect(prefixLength([])).toBe(0)
  })

  it('leave what was given as it was', () => {
    const given = [[0, 5] as const, [10, 15] as const]
    const copy = structuredClone(given)
    addRange(given, [5, 10])
    clipRanges(given, 3)
    missingRanges(given, 20)
    expect(given).toEqual(copy)
  })
})
