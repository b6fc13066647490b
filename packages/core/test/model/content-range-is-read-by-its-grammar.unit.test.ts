/** Content-Range (RFC 9110 §14.4): what can be read, and that nothing else is. */
import { SeededChance } from '../../../testing/src/fakes/fixed-chance.ts'
import { describe, expect, it } from 'vitest'
import { parseContentLength } from '../../src/model/content-length.ts'
import { parseContentRange } from '../../src/model/content-range.ts'

describe('Content-Range', () => {
  it.each([
    ['bytes 0-0/1', { first: 0, last: 0, total: 1 }],
    ['bytes 5-9/*', { first: 5, last: 9, total: null }],
    ['bytes */10', { first: null, last: null, total: 10 }],
    ['  BYTES\t 5-9/10  ', { first: 5, last: 9, total: 10 }],
    ['bytes 007-009/0010', { first: 7, last: 9, total: 10 }],
  ])('%s', (text, expected) => {
    expect(parseContentRange(text)).toEqual(expected)
  })

  it.each([
    '',
    'bytes',
    'bytes=0-9/10',
    'bytes 0-9',
    'bytes 0-9/',
    'bytes -9/10',
    'bytes 0-/10',
    'bytes */*',
    'bytes 9-5/10',
    'bytes 0-10/10',
    'bytes 0-9/10, bytes 10-19/20',
    'items 0-9/10',
    'bytes 0 - 9/10',
    'bytes 0-9/10;x',
    'bytes 0x0-9/10',
    'bytes +0-9/10',
    'bytes 1.5-9/10',
    'bytes 0-9/-10',
    'bytes 0-99999999999999999/*',
    'bytes 0-9007199254740992/*',
  ])('%s is none', (text) => {
    expect(parseContentRange(text)).toBeNull()
  })

  it('is none where there is none', () => {
    expect(parseContentRange(null)).toBeNull()
  })

  it('gives back what was written, for any numbers that fit each other', () => {
    const chance = new SeededChance(1)
    for (let round = 0; round < 500; round++) {
      const first = chance.between(0, 1e12)
      const last = first + chance.between(0, 1e12)
      const total = last + chance.between(1, 1e6)
      expect(parseContentRange(`bytes ${first}-${last}/${total}`)).toEqual({ first, last, total })
    }
  })

  it('never gives numbers that do not fit each other, whatever is written', () => {
    const chance = new SeededChance(2)
    const words = ['bytes', ' ', '0', '9', '12', '-', '/', '*', '-1', '\t', '.', ',']
    for (let round = 0; round < 5000; round++) {
      const text = `bytes ${Array.from({ length: chance.between(1, 6) }, () => chance.pick(words)).join('')}`
      const range = parseContentRange(text)
      if (!range) continue
      const { first, last, total } = range
      const unsatisfied = first === null && last === null && total !== null
      const fits = first !== null && last !== null && first <= last && (total === null || last < total)
      expect(unsatisfied || fits, text).toBe(true)
    }
  })
})

describe('Content-Length', () => {
  it.each([
    ['0', 0],
    [' 10 ', 10],
    ['0010', 10],
    ['9007199254740991', 9_007_199_254_740_991],
  ])('%s', (text, expected) => {
    expect(parseContentLength(text)).toBe(expected)
  })

  it.each([null, '', '-1', '+1', '1.0', '1e3', '0x10', '10, 10', '9007199254740992', '10 bytes', '١٠'])(
    '%s is none',
    (text) => {
      expect(parseContentLength(text)).toBeNull()
    },
  )
})
