/** Lines out of bytes, wherever the bytes are cut. */
import { describe, expect, it } from 'vitest'
import { SeededChance } from '../../../testing/src/fakes/fixed-chance.ts'
import { linesOf } from '../../src/session/lines.ts'
import { collect, cut, encode, spoiling } from './support/pieces.ts'

const SEEDS = 300

const linesIn = (...pieces: (string | Uint8Array)[]): Promise<string[]> =>
  collect(linesOf(spoiling(pieces.map((piece) => (typeof piece === 'string' ? encode(piece) : piece)))))

describe('lines', () => {
  it('end in LF, CR or CRLF, and blank ones are kept', async () => {
    expect(await linesIn('a\nb\r\nc\rd\n\n\r\n\r\re')).toEqual(['a', 'b', 'c', 'd', '', '', '', '', 'e'])
  })

  it('need no end, but the last end begins no further line', async () => {
    expect(await linesIn('a\nb')).toEqual(['a', 'b'])
    expect(await linesIn('a\nb\n')).toEqual(['a', 'b'])
    expect(await linesIn('a\r')).toEqual(['a'])
    expect(await linesIn('a\r', '\n')).toEqual(['a'])
    expect(await linesIn('\n')).toEqual([''])
    expect(await linesIn('')).toEqual([])
    expect(await linesIn()).toEqual([])
  })

  it('do not end in what only looks like an end', async () => {
    expect(await linesIn('a\u2028b\u0085c\vd\fe\u2029f')).toEqual(['a\u2028b\u0085c\vd\fe\u2029f'])
  })

  it('do not show a byte order mark, but one that is text', async () => {
    const [first = 0, second = 0, third = 0] = encode('\uFEFF')
    expect(await linesIn(new Uint8Array([first]), new Uint8Array([second, third]), 'a\n\uFEFFb')).toEqual([
      'a',
      '\uFEFFb',
    ])
  })

  it('of a CRLF that is cut in two are one, even with nothing between the halves', async () => {
    expect(await linesIn('a\r', '', '\nb', '\r', '\r\n')).toEqual(['a', 'b', ''])
  })

  it('hold the replacement character where the bytes are no text, also at the very end', async () => {
    expect(await linesIn(new Uint8Array([0x61, 0xff, 0x0a, 0xe2, 0x82]))).toEqual(['a\uFFFD', '\uFFFD'])
  })

  it('come as soon as they end, before more is read', async () => {
    let asked = 0
    const lines = linesOf(
      (async function* () {
        for (const piece of ['a\nb\n', 'c\n']) {
          asked++
          yield encode(piece)
        }
      })(),
    )
    expect([(await lines.next()).value, (await lines.next()).value, asked]).toEqual(['a', 'b', 1])
    expect([(await lines.next()).value, asked]).toEqual(['c', 2])
  })

  it('that nobody wants any more let go of the body', async () => {
    let ended = false
    const endless = (async function* () {
      try {
        for (;;) yield encode('again\n')
      } finally {
        ended = true
      }
    })()
    for await (const line of linesOf(endless)) if (line === 'again') break
    expect(ended).toBe(true)
  })

  it('that are complete are there when the body breaks; what it broke with is thrown', async () => {
    const got: string[] = []
    const broken = (async function* () {
      yield encode('whole\nhal')
      throw new Error('the body broke')
    })()
    const reading = (async () => {
      for await (const line of linesOf(broken)) got.push(line)
    })()
    await expect(reading).rejects.toThrow('the body broke')
    expect(got).toEqual(['whole'])
  })

  it('of ten million characters in small pieces take no time that grows with its square', async () => {
    const piece = encode('x'.repeat(1000))
    const pieces = Array.from({ length: 10_000 }, () => piece)
    const [line = '', ...more] = await collect(linesOf(spoiling([...pieces, encode('\n')])))
    expect([line.length, more]).toEqual([10_000_000, []])
  })
})

describe('any text, cut anywhere', () => {
  it('gives the lines of the whole', async () => {
    const words = ['a', '', ' ', '€', '🙂', 'e\u0301', '\uFEFF', '\u2028', '\0', 'data: x', 'ß'.repeat(9)]
    for (let seed = 1; seed <= SEEDS; seed++) {
      const chance = new SeededChance(seed)
      const parts = Array.from({ length: chance.between(0, 40) }, () =>
        chance.next() < 0.5 ? chance.pick(['\n', '\r', '\r\n']) : chance.pick(words),
      )
      // Judged by another means: ends made alike, then split.
      const text = parts.join('')
      const expected = text
        .replace(/^\uFEFF/, '')
        .replaceAll('\r\n', '\n')
        .replaceAll('\r', '\n')
        .split('\n')
      if (expected.at(-1) === '') expected.pop()
      expect(await linesIn(...cut(encode(text), chance)), `seed ${seed}: ${JSON.stringify(text)}`).toEqual(expected)
    }
  })
})
