/** The options of tus: what is wrong is named at the call, and what is right is copied. */
import { describe, expect, it } from 'vitest'
import { checkTusOptions } from '../../src/model/tus-options.ts'

describe('the options of tus', () => {
  it.for([
    [null, 'the value'],
    [[], 'the value'],
    [{ checksums: 'sha1' }, 'unknown option "checksums"'],
    [{ checksum: 'md5' }, 'option "checksum"'],
    [{ withCreation: 1 }, 'option "withCreation"'],
    [{ metadata: null }, 'option "metadata"'],
    [{ metadata: ['a'] }, 'option "metadata"'],
    [{ metadata: { '': 'x' } }, 'option "metadata"'],
    [{ metadata: { 'a b': 'x' } }, 'option "metadata"'],
    [{ metadata: { 'a,b': 'x' } }, 'option "metadata"'],
    [{ metadata: { ä: 'x' } }, 'option "metadata"'],
    [{ metadata: { a: 1 } }, 'option "metadata"'],
    [{ metadata: { a: 'x'.repeat(8192) } }, 'option "metadata"'],
  ])('as %j are refused', ([given, what]) => {
    expect(() => checkTusOptions(given)).toThrow(TypeError)
    expect(() => checkTusOptions(given)).toThrow(`tus options: ${what as string}`)
  })

  it('are copied, so that nobody changes them under way', () => {
    const given = { checksum: 'sha1', metadata: { 'a-b.c~!+': 'Ü, x' }, withCreation: true } as const
    const checked = checkTusOptions(given)
    expect(checked).toEqual(given)
    expect(checked.metadata).not.toBe(given.metadata)
    expect(checkTusOptions({})).toEqual({})
  })
})
