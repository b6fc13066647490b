/** Across origins most headers are hidden: Last-Modified and lengths must prove it, or the file starts over. */
import { describe, expect, it } from 'vitest'
import { hiddenHeadersAdvice, judge } from '../../../src/transfers/download/resume-rules.ts'
import { asked, entity, filteredHead, fresh, head, monday, tag, tuesday, verdict } from '../support/answers.ts'

/** What a server that exposes nothing lets a page see. */
const known = entity({ etag: null, filtered: true })
const ask = asked({ entity: known, conditional: false })
const unproved = 'restart: the Content-Range is hidden, and nothing proves that the part fits'

describe('a part whose Content-Range is hidden', () => {
  it('is appended when date and length prove it', () => {
    const answer = filteredHead(206, { 'content-length': '600', 'last-modified': monday })
    expect(judge(answer, ask)).toMatchObject({
      do: 'append',
      until: 1000,
      entity: { total: 1000, lastModified: monday },
    })
  })

  it('is appended up to the end of the gap that was asked for', () => {
    const answer = filteredHead(206, { 'content-length': '200', 'last-modified': monday })
    expect(judge(answer, { ...ask, to: 600 })).toMatchObject({ do: 'append', until: 600 })
  })

  it.each([
    ['another date', { 'content-length': '600', 'last-modified': tuesday }],
    ['no date', { 'content-length': '600' }],
    ['a shorter length', { 'content-length': '599', 'last-modified': monday }],
    ['a longer length', { 'content-length': '601', 'last-modified': monday }],
    ['no length', { 'last-modified': monday }],
  ])('with %s starts over', (_what, headers) => {
    expect(verdict(filteredHead(206, headers), ask)).toBe(unproved)
  })

  it('cannot be proved when the total is not known', () => {
    const answer = filteredHead(206, { 'content-length': '600', 'last-modified': monday })
    expect(verdict(answer, { ...ask, entity: entity({ etag: null, total: null, filtered: true }) })).toBe(unproved)
  })

  it('is proved by an exposed ETag too, but not by a weak one', () => {
    const answer = (etag: string) => filteredHead(206, { 'content-length': '600', etag })
    expect(verdict(answer(tag), { ...ask, entity: entity({ lastModified: null, filtered: true }) })).toBe('append')
    expect(
      verdict(answer('W/"v1"'), { ...ask, entity: entity({ etag: 'W/"v1"', lastModified: null, filtered: true }) }),
    ).toBe(unproved)
  })

  it('is refused when it is not hidden but damaged', () => {
    const answer = filteredHead(206, {
      'content-length': '600',
      'last-modified': monday,
      'content-range': 'bytes four-1000',
    })
    expect(verdict(answer, ask)).toBe('restart: the part came without a readable Content-Range')
  })

  it('is refused on the same origin, where nothing is hidden', () => {
    expect(verdict(head(206, { 'content-length': '600', 'last-modified': monday }), ask)).toBe(
      'restart: the part came without a readable Content-Range',
    )
  })
})

describe('a part from the start whose Content-Range is hidden', () => {
  const plain = asked({ from: 0, entity: null, stored: 0, conditional: false })

  it('begins a file whose total is not known: the server may have given a part of it only', () => {
    const answer = filteredHead(206, { 'content-length': '1000', 'last-modified': monday })
    expect(judge(answer, plain)).toMatchObject({ do: 'begin', until: 1000, entity: { total: null, filtered: false } })
  })

  it('without a length is of no use', () => {
    expect(verdict(filteredHead(206, { 'last-modified': monday }), plain)).toBe('restart: the Content-Range is hidden')
  })

  it('is known as a whole once the same server has nothing behind it', () => {
    const begun = entity({ etag: null, total: null })
    const rest = asked({ from: 1000, stored: 1000, entity: begun, conditional: true, rest: true })
    expect(verdict(filteredHead(416), rest)).toBe('complete')
    expect(verdict(filteredHead(416), { ...rest, rest: false })).toMatch(/^restart/)
    expect(verdict(filteredHead(206, { 'content-length': '24', 'last-modified': monday }), rest)).toBe(unproved)
  })
})

describe('a whole whose headers are hidden', () => {
  it('may be compressed, which the length does not tell', () => {
    expect(judge(filteredHead(200, { 'content-length': '1000', 'last-modified': monday }), fresh)).toMatchObject({
      do: 'begin',
      entity: { total: 1000, filtered: true },
    })
    const open = filteredHead(200, { 'content-length': '1000', 'content-encoding': 'identity' })
    expect(judge(open, fresh)).toMatchObject({ entity: { filtered: false } })
  })

  it('comes with advice that names the header to send', () => {
    const advice = hiddenHeadersAdvice(filteredHead(200))
    expect(advice).toContain('https://host.test')
    expect(advice).toContain('Access-Control-Expose-Headers: ETag, Content-Range, Accept-Ranges')
    expect(hiddenHeadersAdvice(filteredHead(200, { etag: tag }))).toBeNull()
    expect(hiddenHeadersAdvice(head(200))).toBeNull()
  })
})
