/** Names from servers are hostile until proved otherwise. */
import { SeededChance } from '../../../testing/src/fakes/fixed-chance.ts'
import { describe, expect, it } from 'vitest'
import { safeFilename, suggestedFilename } from '../../src/model/suggested-filename.ts'

const at = 'https://host.test/dir/model.bin?version=2#part'
const from = (disposition: string | null, url: string = at): string => suggestedFilename(disposition, url)

describe('a name', () => {
  it.each([
    ['attachment; filename="report.pdf"', 'report.pdf'],
    ['attachment; filename=report.pdf', 'report.pdf'],
    ['inline; filename="a b.txt"', 'a b.txt'],
    ['attachment; filename="plain.txt"; filename*=UTF-8\'\'na%C3%AFve%20%E2%82%AC.txt', 'naïve €.txt'],
    ['attachment; filename="a\\"b.txt"', 'ab.txt'],
  ])('comes from Content-Disposition: %s', (disposition, name) => {
    expect(from(disposition)).toBe(name)
  })

  it.each([
    [null, at, 'model.bin'],
    ['attachment', at, 'model.bin'],
    ['attachment; filename=""', at, 'model.bin'],
    ['attachment; filename="..."', at, 'model.bin'],
    ['this is no header; ;;=', at, 'model.bin'],
    [null, 'https://host.test/dir/', 'host.test'],
    [null, 'https://host.test', 'host.test'],
    [null, 'https://host.test/na%C3%AFve.txt', 'naïve.txt'],
    [null, 'https://host.test/100%.txt', '100%.txt'],
    [null, 'https://host.test/%2e%2e%2fetc%2fpasswd', '_etc_passwd'],
    [null, 'no URL at all', 'Unknown'],
  ])('else from the URL, else the host: %s %s', (disposition, url, name) => {
    expect(from(disposition, url)).toBe(name)
  })

  it.each([
    ['../../etc/passwd', '_.._etc_passwd'],
    ['..\\..\\boot.ini', '_.._boot.ini'],
    ['/etc/passwd', '_etc_passwd'],
    ['C:\\autoexec.bat', 'C_autoexec.bat'],
    ['.bashrc', 'bashrc'],
    ['...hidden', 'hidden'],
    ['name. . .', 'name'],
    ['a\u0000b\u0007c\u007f.txt', 'abc.txt'],
    ['line\r\nSet-Cookie: x.txt', 'lineSet-Cookie x.txt'],
    ['photo\u202egnp.exe', 'photognp.exe'],
    ['zero\u200bwidth\ufeff.txt', 'zerowidth.txt'],
    ['what?*<>|":.txt', 'what.txt'],
    ['CON', '_CON'],
    ['nul.txt', '_nul.txt'],
    ['Com7.tar.gz', '_Com7.tar.gz'],
    ['console.log', 'console.log'],
    ['LPT¹.txt', '_LPT¹.txt'],
    ['cafe\u0301.txt', 'café.txt'],
    ['..', ''],
    [' \t ', ''],
  ])('%j becomes %j', (given, name) => {
    expect(safeFilename(given)).toBe(name)
  })

  it('is cut to 200 bytes, its extension kept, no character broken', () => {
    const long = safeFilename(`${'€'.repeat(500)}.tar`)
    expect(new TextEncoder().encode(long).length).toBeLessThanOrEqual(200)
    expect(long).toMatch(/^€+\.tar$/)
    expect(safeFilename(`${'x'.repeat(199)}😀😀`)).toBe('x'.repeat(199))
    expect(safeFilename(`${'x'.repeat(196)}😀😀`)).toBe(`${'x'.repeat(196)}😀`)
  })

  it('that was cut ends no worse than one that was not', () => {
    expect(safeFilename(`${'x'.repeat(199)}. . .y z`)).toBe('x'.repeat(199))
    expect(safeFilename(`${'x'.repeat(194)} . . .png`)).toBe(`${'x'.repeat(194)}.png`)
  })

  it('a million characters long costs no time', () => {
    const start = performance.now()
    expect(safeFilename('a'.repeat(1_000_000)).length).toBe(200)
    expect(safeFilename('€'.repeat(300_000)).length).toBe(66)
    expect(performance.now() - start).toBeLessThan(500)
  })

  it('is safe whatever it is made of, and the same when made safe twice', () => {
    const pieces = [
      'a',
      'Ω',
      '😀',
      '.',
      ' ',
      '/',
      '\\',
      '\u0000',
      '\u202e',
      'CON',
      '.txt',
      '%2f',
      '\ud800',
      '~',
      "'",
      '\u3000',
      'é'.repeat(60),
    ]
    const chance = new SeededChance(7)
    for (let round = 0; round < 3000; round++) {
      const given = Array.from({ length: chance.between(0, 8) }, () => chance.pick(pieces)).join('')
      const name = safeFilename(given)
      const what = JSON.stringify(given)
      expect(name, what).not.toMatch(
        /[\\/<>:"|?*\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/,
      )
      expect(name, what).not.toMatch(/^[.\s]|[.\s]$/)
      expect(name, what).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i)
      expect(new TextEncoder().encode(name).length, what).toBeLessThanOrEqual(200)
      expect(safeFilename(name), what).toBe(name)
    }
  })
})
