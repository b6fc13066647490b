/** Resume data comes back from anywhere: it is checked whole, and refused with the reason. */
import { SeededChance } from '../../../testing/src/fakes/fixed-chance.ts'
import { describe, expect, it } from 'vitest'
import { claimsToBeResumeData, parseResumeData } from '../../src/model/resume-data.ts'

const good = {
  kind: 'urlsession.download-resume-data',
  v: 1,
  token: 'token-0001-g2',
  url: 'https://host.test/a',
  method: 'GET',
  headers: [['accept', '*/*']],
  received: 5,
  total: 10,
  etag: '"v1"',
  lastModified: null,
}

const refusal = (value: unknown): string => {
  try {
    parseResumeData(value)
    return 'taken'
  } catch (error) {
    expect(error).toMatchObject({ name: 'URLError', code: 'badResumeData', phase: 'setup', retryable: false })
    return (error as Error).message
  }
}

describe('resume data', () => {
  it('comes through a clone and through JSON', () => {
    expect(parseResumeData(structuredClone(good))).toEqual(good)
    expect(parseResumeData(JSON.parse(JSON.stringify(good)))).toEqual(good)
  })

  it.each([
    ['token', 'x'],
    ['token', '../../etc/passwd'],
    ['token', 'UPPER-CASE-1'],
    ['token', 'x'.repeat(65)],
    ['url', ''],
    ['url', 5],
    ['method', 'POST'],
    ['headers', 'accept'],
    ['headers', [['accept']]],
    ['headers', [['accept', 5]]],
    ['received', -1],
    ['received', 1.5],
    ['received', '5'],
    ['received', Infinity],
    ['total', -1],
    ['total', undefined],
    ['etag', 5],
    ['etag', 'x'.repeat(70_000)],
    ['lastModified', {}],
  ])('with %s = %j is damaged, and says where', (field, value) => {
    expect(refusal({ ...good, [field]: value })).toContain(`its field "${field}" is damaged`)
  })

  it('with a field too many is damaged', () => {
    expect(refusal({ ...good, path: '/tmp/x' })).toContain('is damaged')
  })

  it('of a newer version says so', () => {
    expect(refusal({ ...good, v: 2 })).toContain('it was made by a newer version (2; this one reads 1)')
  })

  it.each([0, -1, '1', null, Number.NaN])('of version %j is damaged', (v) => {
    expect(refusal({ ...good, v })).toContain('its field "v" is damaged')
  })

  it('of something else is not taken', () => {
    for (const other of [{ ...good, kind: 'alamofire' }, { kind: null }, { ...good, kind: undefined }])
      expect(refusal(other)).toContain('it is not what cancelProducingResumeData() gave')
  })

  it('is told from requests by its kind', () => {
    expect([good, { kind: 'x' }].map(claimsToBeResumeData)).toEqual([true, true])
    expect(
      [null, 'x', { url: 'https://host.test' }, new URL('https://host.test'), 5].map(claimsToBeResumeData),
    ).toEqual([false, false, false, false, false])
  })

  it('that was damaged at random is refused or the same', () => {
    const chance = new SeededChance(11)
    const text = JSON.stringify(good)
    for (let round = 0; round < 3000; round++) {
      const at = chance.between(0, text.length - 1)
      const damaged =
        text.slice(0, at) + chance.pick(['0', '"', 'x', '-', '', '9e9', '}']) + text.slice(at + chance.between(0, 3))
      let value: unknown
      try {
        value = JSON.parse(damaged)
      } catch {
        continue
      }
      if (!claimsToBeResumeData(value)) continue
      const said = refusal(value)
      if (said !== 'taken') continue
      const { token, received } = value as typeof good
      expect(token).toMatch(/^[0-9a-z-]{8,64}$/)
      expect(Number.isSafeInteger(received) && received >= 0, damaged).toBe(true)
    }
  })
})
