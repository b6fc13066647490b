/** Fixtures of every record kind of every version: they are never edited, and must be readable for ever. */
import { describe, expect, it } from 'vitest'
import { readRecord, RECORD_VERSION, type StoredRecord } from '../../src/storage/records.ts'
import { fixture, fixtures } from './support/fixtures.ts'

type Kind = StoredRecord['kind']
const kinds: { readonly [kind in Kind]: true } = {
  download: true,
  upload: true,
  parked: true,
  kept: true,
  claim: true,
  session: true,
  used: true,
}

describe('version 1', () => {
  it.each(fixtures('v1'))('%s is current, and read as it was written', (name) => {
    const stored = fixture('v1', name)
    expect(readRecord(stored['kind'] as Kind, stored)).toEqual({ is: 'current', record: stored })
  })

  it('has a fixture of each kind', () => {
    const found = new Set(fixtures('v1').map((name) => fixture('v1', name)['kind']))
    expect([...found].toSorted()).toEqual(Object.keys(kinds).toSorted())
  })

  it('is the newest, or there are fixtures of a newer one', () => {
    expect(fixtures(`v${RECORD_VERSION}`).length).toBeGreaterThan(0)
  })
})

describe('a record', () => {
  const stored = fixture('v1', 'download-midway')

  it('of a newer version is left for the newer build, whatever its shape', () => {
    for (const value of [{ ...stored, v: 2 }, { v: 99 }, { v: 1.5, kind: 'download' }])
      expect(readRecord('download', value)).toEqual({ is: 'newer', version: value.v })
  })

  it.each([
    undefined,
    null,
    5,
    'text',
    [],
    {},
    { v: 0 },
    { v: -1 },
    { v: '1' },
    { v: Number.NaN },
    { v: 1 },
    { v: 1, kind: 'kept' },
    { unreadableText: '{' },
  ])('%j is none', (value) => {
    expect(readRecord('download', value)).toEqual({ is: 'unreadable', reason: 'it is no download record' })
  })

  it.each(Object.keys(stored).filter((field) => !['v', 'kind', 'metadata', 'destination'].includes(field)))(
    'without its %s is unreadable, and says so',
    (field) => {
      const { [field]: _gone, ...rest } = stored
      expect(readRecord('download', rest)).toEqual({ is: 'unreadable', reason: `its field "${field}" cannot be read` })
    },
  )

  it.each([
    ['uid', '../../etc/passwd'],
    ['uid', 'short'],
    ['identifier', -1],
    ['priority', 'high'],
    ['running', 1],
    ['connections', 1.5],
    ['ranges', [[5, 5]]],
    ['ranges', [[5, 4]]],
    [
      'ranges',
      [
        [0, 10],
        [5, 20],
      ],
    ],
    [
      'ranges',
      [
        [10, 20],
        [0, 5],
      ],
    ],
    [
      'ranges',
      [
        [0, 10],
        [10, 20],
      ],
    ],
    ['ranges', [[-1, 10]]],
    ['ranges', [[0, 1.5]]],
    ['ranges', [[0, 10, 20]]],
    ['ranges', [[0]]],
    ['ranges', 'all'],
    ['digest', { at: 5 }],
    ['digest', { at: -1, state: new Uint8Array(1) }],
    ['digest', { at: 5, state: [1, 2] }],
    ['entity', { etag: 5 }],
    ['request', { url: 'x' }],
    ['request', { ...(stored['request'] as object), cachePolicy: 'only-if-cached' }],
    ['request', { ...(stored['request'] as object), headers: [['a']] }],
    ['outcome', { type: 'lost' }],
    ['outcome', { type: 'finished', size: -1 }],
    ['outcome', { type: 'failed', error: {} }],
    ['withheld', [5]],
    ['maximumSize', -1],
    ['integrity', 'sha256-x'],
    ['integrity', { algorithm: 'md5', digests: [] }],
    ['integrity', { algorithm: 'sha256', digests: [5] }],
  ])('with %s = %j is unreadable', (field, value) => {
    expect(readRecord('download', { ...stored, [field]: value })).toEqual({
      is: 'unreadable',
      reason: `its field "${field}" cannot be read`,
    })
  })

  it('may have fields that a later build of the same version added', () => {
    const later = { ...stored, colour: 'blue' }
    expect(readRecord('download', later)).toEqual({ is: 'current', record: later })
  })
})
