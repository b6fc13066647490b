/** Identifiers of background sessions as names on any file system: safe, and never two for one. */
import { SeededChance } from '../../../testing/src/fakes/fixed-chance.ts'
import { describe, expect, it } from 'vitest'
import { backgroundNamespace, SHARED_NAMESPACE } from '../../src/model/namespace.ts'

describe('a namespace', () => {
  it.each([
    ['downloads', 'background.downloads'],
    ['my-app_2', 'background.my-app_2'],
    ['com.example.App', 'background.com~2e~example~2e~~41~pp'],
    ['../etc', 'background.~2e~~2e~~2f~etc'],
    ['a b', 'background.a~20~b'],
    ['ä', 'background.~e4~'],
    ['😀', 'background.~1f600~'],
    ['~2e~', 'background.~7e~2e~7e~'],
    ['default', 'background.default'],
  ])('of %j is %j', (identifier, expected) => {
    expect(backgroundNamespace(identifier)).toBe(expected)
  })

  it('is never the shared one, nor one another identifier has, even where case is ignored', () => {
    const pieces = ['a', 'A', 'b', '.', '~', '41', '2e', '-', '_', 'é', 'É', ' ', '/', '\\', '\u0000', '😀', '\ud800']
    const chance = new SeededChance(3)
    const seen = new Map<string, string>()
    for (let round = 0; round < 4000; round++) {
      const identifier = Array.from({ length: chance.between(1, 5) }, () => chance.pick(pieces)).join('')
      const name = backgroundNamespace(identifier).toLowerCase()
      expect(name).toMatch(/^[A-Za-z0-9._~-]{1,200}$/)
      expect(name).not.toBe(SHARED_NAMESPACE)
      expect(seen.get(name) ?? identifier, name).toBe(identifier)
      seen.set(name, identifier)
    }
  })

  it.each(['', 'x'.repeat(151), 'É'.repeat(40)])('is refused for %j', (identifier) => {
    expect(() => backgroundNamespace(identifier)).toThrow(/the identifier was ".{0,60}"; allowed is a text of 1 to 150/)
  })

  it('takes 150 plain characters', () => {
    expect(backgroundNamespace('x'.repeat(150))).toHaveLength(161)
  })
})
