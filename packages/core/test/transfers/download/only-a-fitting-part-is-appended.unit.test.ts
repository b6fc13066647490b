/** A 206 is believed only when everything that it says fits what is there. */
import { describe, expect, it } from 'vitest'
import { judge } from '../../../src/transfers/download/resume-rules.ts'
import { asked, entity, fresh, head, monday, part, tag, tuesday, verdict } from '../support/answers.ts'

describe('a 206', () => {
  it('that fits is appended', () => {
    expect(judge(part(), asked())).toMatchObject({
      do: 'append',
      until: 1000,
      entity: { etag: tag, lastModified: monday, total: 1000 },
    })
  })

  it('keeps the head of the first answer, which is the one of the file', () => {
    const known = entity({
      response: { ...entity().response, headers: [['content-type', 'video/mp4']], filename: 'film.mp4' },
    })
    expect(
      judge(part({ 'content-disposition': 'attachment; filename="part"' }), asked({ entity: known })),
    ).toMatchObject({
      entity: { response: known.response },
    })
  })

  it.each([
    ['another ETag', { etag: '"v2"' }, 'its ETag changed'],
    ['another Last-Modified', { 'last-modified': tuesday }, 'its Last-Modified changed'],
    ['another total', { 'content-range': 'bytes 400-999/1001' }, 'its length changed'],
    [
      'a later start',
      { 'content-range': 'bytes 401-999/1000' },
      'the server sent other bytes than were asked for (from 401, not 400)',
    ],
    [
      'an earlier start',
      { 'content-range': 'bytes 0-999/1000' },
      'the server sent other bytes than were asked for (from 0, not 400)',
    ],
    ['no Content-Range', { 'content-range': '' }, 'the part came without a readable Content-Range'],
    [
      'a Content-Range that is none',
      { 'content-range': '400-999/1000' },
      'the part came without a readable Content-Range',
    ],
    [
      'an unsatisfied Content-Range',
      { 'content-range': 'bytes */1000' },
      'the server sent other bytes than were asked for (from null, not 400)',
    ],
    [
      'a Content-Range backwards',
      { 'content-range': 'bytes 400-399/1000' },
      'the part came without a readable Content-Range',
    ],
    [
      'a last byte behind the end',
      { 'content-range': 'bytes 400-1000/1000' },
      'the part came without a readable Content-Range',
    ],
    ['a compressed part', { 'content-encoding': 'gzip' }, 'the part came compressed'],
    [
      'several parts',
      { 'content-range': '', 'content-type': 'multipart/byteranges; boundary=x' },
      'the part came without a readable Content-Range',
    ],
  ])('with %s starts over, though If-Range was sent', (_what, headers, why) => {
    expect(verdict(part(headers))).toBe(`restart: ${why}`)
    expect(verdict(part(headers), asked({ conditional: false }))).toBe(`restart: ${why}`)
  })

  it('that ends early is appended as far as it says', () => {
    expect(judge(part({ 'content-range': 'bytes 400-599/1000' }), asked())).toMatchObject({ do: 'append', until: 600 })
  })

  it('that reaches behind the gap that was asked for starts over', () => {
    expect(verdict(part(), asked({ to: 600 }))).toBe('restart: the server sent more bytes than were asked for')
    expect(verdict(part({ 'content-range': 'bytes 400-599/1000' }), asked({ to: 600 }))).toBe('append')
  })

  it('tells a total that was not known', () => {
    const known = entity({ total: null })
    expect(judge(part(), asked({ entity: known }))).toMatchObject({ do: 'append', entity: { total: 1000 } })
  })

  it('that does not tell the total leaves what is known', () => {
    expect(judge(part({ 'content-range': 'bytes 400-999/*' }), asked())).toMatchObject({
      do: 'append',
      entity: { total: 1000 },
    })
    const known = entity({ total: null })
    expect(judge(part({ 'content-range': 'bytes 400-999/*' }), asked({ entity: known }))).toMatchObject({
      entity: { total: null },
      until: 1000,
    })
  })

  it('to a question for the whole is not believed at all', () => {
    expect(judge(part({ 'content-range': 'bytes 0-999/1000' }), fresh)).toMatchObject({
      do: 'retry',
      error: { code: 'badServerResponse', status: 206, retryable: true },
    })
  })
})

describe('a 200', () => {
  it('starts over, whatever was asked', () => {
    const answer = head(200, { etag: '"v2"', 'content-length': '500' })
    expect(judge(answer, asked())).toMatchObject({ do: 'begin', until: null, entity: { etag: '"v2"', total: 500 } })
    expect(verdict(head(200, { etag: tag, 'content-length': '1000' }), asked())).toBe('begin')
  })

  it('without a length has none', () => {
    expect(judge(head(200), fresh)).toMatchObject({ do: 'begin', entity: { total: null } })
  })

  it.each(['-1', '1e3', '12, 12', 'many', '99999999999999999'])('with Content-Length %s has none either', (length) => {
    expect(judge(head(200, { 'content-length': length }), fresh)).toMatchObject({
      do: 'begin',
      entity: { total: null },
    })
  })

  it.each(['gzip', 'br', 'GZIP', 'deflate, gzip'])('encoded as %s is not counted against its length', (coding) => {
    const answer = head(200, { 'content-length': '300', 'content-encoding': coding })
    expect(judge(answer, fresh)).toMatchObject({ do: 'begin', entity: { total: null, encoded: true } })
  })

  it('encoded as identity is not encoded', () => {
    const answer = head(200, { 'content-length': '300', 'content-encoding': 'identity' })
    expect(judge(answer, fresh)).toMatchObject({ do: 'begin', entity: { total: 300, encoded: false } })
  })
})
