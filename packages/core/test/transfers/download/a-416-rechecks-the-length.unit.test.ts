/** 416: there is nothing behind what is there, or there is another file now. */
import { describe, expect, it } from 'vitest'
import { asked, entity, filteredHead, fresh, head, tag, verdict } from '../support/answers.ts'

const over = 'restart: the server has no bytes behind those that are there'
const ask = asked({ from: 1000, stored: 1000, entity: entity({ total: null }) })

describe('a 416', () => {
  it('means complete when length and ETag are those of what is there', () => {
    expect(verdict(head(416, { 'content-range': 'bytes */1000', etag: tag }), ask)).toBe('complete')
  })

  it.each([
    ['the file is shorter now', { 'content-range': 'bytes */900', etag: tag }],
    ['the file is longer than what is there', { 'content-range': 'bytes */1001', etag: tag }],
    ['the ETag changed', { 'content-range': 'bytes */1000', etag: '"v2"' }],
    ['there is no ETag to compare', { 'content-range': 'bytes */1000' }],
    ['there is no length', { etag: tag }],
    ['the length is not one', { 'content-range': 'bytes */*', etag: tag }],
    ['there is nothing at all', {}],
  ])('starts over when %s', (_what, headers) => {
    expect(verdict(head(416, headers), ask)).toBe(over)
  })

  it('starts over when the length agrees with what is there, but not with what was announced', () => {
    const short = asked({ from: 400, stored: 400 })
    expect(verdict(head(416, { 'content-range': 'bytes */400', etag: tag }), short)).toBe(over)
  })

  it('starts over when no ETag is known', () => {
    const dated = { ...ask, entity: entity({ total: null, etag: null }) }
    expect(verdict(head(416, { 'content-range': 'bytes */1000', etag: tag }), dated)).toBe(over)
  })

  it('that hides everything proves nothing about bytes of an earlier day', () => {
    expect(verdict(filteredHead(416), ask)).toBe(over)
  })

  it('to a question for the whole is an answer like 404', () => {
    expect(verdict(head(416), fresh)).toBe('begin')
  })
})
