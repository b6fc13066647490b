/** The head of an answer: types, lengths, and what of it may be stored. */
import { describe, expect, it } from 'vitest'
import { isEncoded, URLResponse } from '../../src/model/response.ts'
import { storableHeaders } from '../../src/model/storable-headers.ts'

const response = (headers: Record<string, string>, status = 200): URLResponse =>
  new URLResponse({
    url: 'https://host.test/a',
    status,
    statusText: '',
    headers: Object.entries(headers),
    filename: 'a',
  })

describe('a response', () => {
  it.each([
    ['Text/HTML; charset="UTF-8"', 'text/html', 'utf-8'],
    ['application/json', 'application/json', null],
    ['text/plain;charset = latin1', 'text/plain', 'latin1'],
    ['', '', null],
  ])('of type %s', (type, mime, charset) => {
    expect([response({ 'content-type': type }).mimeType, response({ 'content-type': type }).textEncodingName]).toEqual([
      mime,
      charset,
    ])
  })

  it('expects a length only where it is the file’s', () => {
    expect(response({ 'content-length': '12' }).expectedContentLength).toBe(12)
    expect(response({ 'content-length': '12', 'content-encoding': 'br' }).expectedContentLength).toBeNull()
    expect(response({}).expectedContentLength).toBeNull()
  })

  it('is ok from 200 to 299', () => {
    expect([199, 200, 299, 300, 404].map((status) => response({}, status).ok)).toEqual([
      false,
      true,
      true,
      false,
      false,
    ])
  })
})

describe('what is stored of it', () => {
  it('has no cookies and nothing without bound', () => {
    const headers = new Headers({
      etag: '"v1"',
      'set-cookie': 'a=secret',
      'x-long': 'x'.repeat(8193),
      'x-fits': 'x'.repeat(8192),
    })
    expect(storableHeaders(headers).map(([name]) => name)).toEqual(['etag', 'x-fits'])
    const many = new Headers(Array.from({ length: 1000 }, (_, index): [string, string] => [`x-${index}`, 'y']))
    expect(storableHeaders(many)).toHaveLength(200)
  })

  it.each([
    ['gzip', true],
    [' BR ', true],
    ['identity', false],
    ['', false],
  ])('content-encoding %j is encoded: %s', (coding, encoded) => {
    expect(isEncoded(new Headers({ 'content-encoding': coding }))).toBe(encoded)
  })
})
