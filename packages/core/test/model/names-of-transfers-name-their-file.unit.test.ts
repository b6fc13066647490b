/** uids: `<file>-g<generation>`, and what each use of resume data makes of it. */
import { describe, expect, it } from 'vitest'
import { fileOf, nextGeneration } from '../../src/model/uid.ts'
import { credentialNames, isCredentialHeader, withoutCredentials } from '../../src/model/credential-headers.ts'

describe('a uid', () => {
  it.each([
    ['abcd-0001', 'abcd-0001', 'abcd-0001-g2'],
    ['abcd-0001-g2', 'abcd-0001', 'abcd-0001-g3'],
    ['abcd-0001-g999', 'abcd-0001', 'abcd-0001-g1000'],
    ['abcdefgh-g', 'abcdefgh-g', 'abcdefgh-g-g2'],
    [
      '0f8fad5b-d9cb-469f-a165-70867728950e',
      '0f8fad5b-d9cb-469f-a165-70867728950e',
      '0f8fad5b-d9cb-469f-a165-70867728950e-g2',
    ],
  ])('%s is on file %s and goes on as %s', (uid, file, next) => {
    expect([fileOf(uid), nextGeneration(uid)]).toEqual([file, next])
    expect(fileOf(next)).toBe(file)
  })

  it('stays a good name for a thousand generations', () => {
    let uid = '0f8fad5b-d9cb-469f-a165-70867728950e'
    const seen = new Set<string>()
    for (let use = 0; use < 1000; use++) {
      seen.add(uid)
      uid = nextGeneration(uid)
      expect(uid).toMatch(/^[0-9a-z-]{8,64}$/)
    }
    expect(seen.size).toBe(1000)
  })
})

describe('headers with credentials', () => {
  it('are known in any case, named, and left out', () => {
    const headers = [
      ['Authorization', 'Bearer secret'],
      ['accept', '*/*'],
      ['COOKIE', 'a=secret'],
      ['x-api-key', 'secret'],
    ] as const
    expect(credentialNames(headers)).toEqual(['authorization', 'cookie', 'x-api-key'])
    expect(withoutCredentials(headers)).toEqual([['accept', '*/*']])
    const secret = [
      'Proxy-Authorization',
      'PRIVATE-TOKEN',
      'x-vault-secret',
      'x-passwd',
      'x-auth',
      'X-Authorisation',
      'x-oauth-id',
    ]
    expect(secret.filter((name) => !isCredentialHeader(name))).toEqual([])
    expect(['Range', 'x-author', 'X-Authored-By', 'authors'].filter(isCredentialHeader)).toEqual([])
  })
})
