/** SRI metadata: the strongest counts, and a typo never switches the check off. */
import { describe, expect, it } from 'vitest'
import { integrityText, toBase64 } from '../../src/model/digest-text.ts'
import { parseIntegrity } from '../../src/model/integrity.ts'

const digest = (bytes: number, fill: number): string => btoa(String.fromCharCode(...new Uint8Array(bytes).fill(fill)))
const [a256, b256, a384, a512] = [digest(32, 1), digest(32, 2), digest(48, 255), digest(64, 3)]

describe('integrity', () => {
  it.each([
    [`sha256-${a256}`, 'sha256', [a256]],
    [`sha384-${a384}`, 'sha384', [a384]],
    [`sha512-${a512}`, 'sha512', [a512]],
    [`  sha256-${a256}\n\tsha256-${b256} `, 'sha256', [a256, b256]],
    [`sha256-${a256} sha512-${a512} sha384-${a384}`, 'sha512', [a512]],
    [`sha256-${a256}?ct=text/plain`, 'sha256', [a256]],
  ])('%s', (text, algorithm, digests) => {
    expect(parseIntegrity(text)).toEqual({ algorithm, digests })
  })

  it('takes base64url and missing padding for the same digest', () => {
    const url = a384.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
    expect(parseIntegrity(`sha384-${url}`).digests).toEqual([a384])
    expect(parseIntegrity(`sha256-${a256.replace(/=+$/, '')}`).digests).toEqual([a256])
  })

  it.each([
    '',
    ' ',
    'sha256',
    'sha256-',
    `sha1-${digest(20, 1)}`,
    `md5-${digest(16, 1)}`,
    `SHA256-${a256}`,
    `sha256:${a256}`,
    `sha256-${a256.slice(4)}`,
    `sha256-${a384}`,
    `sha256-${'0'.repeat(64)}`,
    `sha256-!${a256}`,
    `sha256-${a256}====`,
    `sha256-${a256} sha256-`,
    `sha256-${a256},sha256-${b256}`,
  ])('%j is refused, with what was given and what is allowed', (text) => {
    expect(() => parseIntegrity(text)).toThrow(TypeError)
    expect(() => parseIntegrity(text)).toThrow(/option "integrity" was ".*"; allowed is sha256-, sha384- or sha512-/)
  })

  it('does not put a page of garbage into its message', () => {
    expect(() => parseIntegrity('x'.repeat(100_000))).toThrow(/^.{1,300}$/)
  })

  it('reads the text it writes', () => {
    const bytes = crypto.getRandomValues(new Uint8Array(48))
    expect(parseIntegrity(integrityText('sha384', bytes))).toEqual({ algorithm: 'sha384', digests: [toBase64(bytes)] })
  })
})
