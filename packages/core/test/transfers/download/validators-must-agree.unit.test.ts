/** Which validator is strong enough, and what counts when an answer leaves it out. */
import { describe, expect, it } from 'vitest'
import { isResumable, validatorFor } from '../../../src/transfers/download/resume-rules.ts'
import { asked, entity, monday, part, tag, verdict } from '../support/answers.ts'

const weak = 'W/"v1"'
const silent = 'restart: the part carries neither ETag nor Last-Modified to compare'

describe('the validator for If-Range', () => {
  it.each([
    ['a strong ETag', { etag: tag, lastModified: monday }, tag],
    ['a strong ETag alone', { etag: tag, lastModified: null }, tag],
    ['Last-Modified where the ETag is weak', { etag: weak, lastModified: monday }, monday],
    ['Last-Modified alone', { etag: null, lastModified: monday }, monday],
    ['nothing where the ETag is weak and alone', { etag: weak, lastModified: null }, null],
    ['nothing where there is nothing', { etag: null, lastModified: null }, null],
  ])('is %s', (_what, validators, expected) => {
    expect(validatorFor(entity(validators))).toBe(expected)
    expect(isResumable(entity(validators))).toBe(expected !== null)
  })
})

describe('what can be gone on with', () => {
  it.each([
    ['a compressed body', { encoded: true }],
    ['a server that says Accept-Ranges: none', { acceptsRanges: false }],
    ['an error’s body', { response: { ...entity().response, status: 404 } }],
  ])('is not %s', (_what, more) => {
    expect(isResumable(entity(more))).toBe(false)
  })

  it('is a file without a length too', () => {
    expect(isResumable(entity({ total: null }))).toBe(true)
  })
})

describe('a part', () => {
  it('needs only one validator to agree', () => {
    expect(verdict(part({ 'last-modified': '' }))).toBe('append')
    expect(verdict(part({ etag: '' }))).toBe('append')
    expect(verdict(part({ etag: '' }), asked({ conditional: false }))).toBe('append')
  })

  it('with none at all is believed only when the server compared and the length agrees', () => {
    const bare = part({ etag: '', 'last-modified': '' })
    const dated = entity({ etag: null })
    expect(verdict(bare, asked({ entity: dated, conditional: true }))).toBe('append')
    expect(verdict(bare, asked({ entity: dated, conditional: false }))).toBe(silent)
    // A 206 must carry the ETag that the 200 had (RFC 9110 §15.3.7).
    expect(verdict(bare, asked({ conditional: true }))).toBe(silent)
    expect(verdict(part({ etag: '', 'last-modified': '', 'content-range': 'bytes 400-999/*' }))).toBe(silent)
    expect(verdict(bare, asked({ entity: entity({ total: null }) }))).toBe(silent)
  })

  it('is not proved by a weak ETag, which promises the same meaning and not the same bytes', () => {
    const known = entity({ etag: weak })
    const answer = part({ etag: weak, 'last-modified': '' })
    expect(verdict(answer, asked({ entity: known, conditional: false }))).toBe(silent)
    expect(verdict(part({ etag: weak }), asked({ entity: known, conditional: false }))).toBe('append')
  })

  it('is refused for a weak ETag that differs', () => {
    expect(verdict(part({ etag: 'W/"v2"' }), asked({ entity: entity({ etag: weak }) }))).toBe(
      'restart: its ETag changed',
    )
  })

  it('is refused for one validator that differs though the other agrees', () => {
    expect(verdict(part({ etag: '"v2"' }))).toBe('restart: its ETag changed')
    expect(verdict(part({ etag: tag, 'last-modified': 'Wed, 07 Jan 2026 10:00:00 GMT' }))).toBe(
      'restart: its Last-Modified changed',
    )
  })

  it('that tells a validator the first answer lacked is believed for the one they share', () => {
    const known = entity({ etag: null })
    expect(verdict(part(), asked({ entity: known }))).toBe('append')
  })
})
