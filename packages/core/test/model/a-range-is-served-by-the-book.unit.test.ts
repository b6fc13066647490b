/** What an origin of our own answers: whole, part, or neither. */
import { describe, expect, it } from 'vitest'
import { serveRange, type Representation, type ServedRange } from '../../src/model/served-range.ts'

const date = 'Sat, 28 Nov 2026 12:00:00 GMT'
const file: Representation = { size: 10, type: 'a/b', etag: '"x"', lastModified: new Date(date) }

function serve(headers: HeadersInit = {}, more: Partial<Representation> = {}, method = 'GET') {
  const answer = serveRange({ method, headers: new Headers(headers) }, { ...file, ...more })
  const { status, from, to } = answer
  return { status, from, to, headers: new Headers(answer.headers) }
}
const short = ({ status, from, to }: Pick<ServedRange, 'status' | 'from' | 'to'>): unknown[] => [status, from, to]

describe('the whole', () => {
  it('has length, type and validators', () => {
    const answer = serve()
    expect(short(answer)).toEqual([200, 0, 10])
    expect(Object.fromEntries(answer.headers)).toEqual({
      'accept-ranges': 'bytes',
      'content-length': '10',
      'content-type': 'a/b',
      etag: '"x"',
      'last-modified': date,
    })
  })

  it('of what nothing is known says nothing', () => {
    const answer = serve({ range: 'bytes=1-' }, { size: null, type: null, etag: null, lastModified: null })
    expect(short(answer)).toEqual([200, 0, null])
    expect(Object.fromEntries(answer.headers)).toEqual({ 'accept-ranges': 'none' })
  })

  it('is described by HEAD, whatever range is asked for', () => {
    const answer = serve({ range: 'bytes=1-' }, {}, 'HEAD')
    expect([...short(answer), answer.headers.get('content-length')]).toEqual([200, 0, 0, '10'])
  })

  it.each(['bytes=', 'bytes=-', 'bytes=5-3', 'bytes=a-b', 'bytes=1-2,4-5', 'pages=1-', 'bytes=-1-', 'bytes 1-2'])(
    'answers what is no range to us: %s',
    (range) => expect(short(serve({ range }))).toEqual([200, 0, 10]),
  )

  it.each([['"y"'], ['W/"x"'], ['Fri, 27 Nov 2026 12:00:00 GMT'], ['x']])(
    'is sent where the rest is of another: %s',
    (validator) => {
      expect(short(serve({ range: 'bytes=5-', 'if-range': validator }))).toEqual([200, 0, 10])
    },
  )
})

describe('a part', () => {
  it.each([
    ['bytes=0-', 0, 10],
    ['bytes=3-', 3, 10],
    ['bytes=3-3', 3, 4],
    ['bytes=3-99', 3, 10],
    ['bytes=9-', 9, 10],
    ['bytes=-4', 6, 10],
    ['bytes=-99', 0, 10],
    [' bytes=2-5 ', 2, 6],
  ])('%s', (range, from, to) => {
    const answer = serve({ range })
    expect(short(answer)).toEqual([206, from, to])
    expect(answer.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/10`)
    expect(answer.headers.get('content-length')).toBe(String(to - from))
    expect(answer.headers.get('etag')).toBe('"x"')
  })

  it.each(['"x"', date])('is sent where the rest is of the same: %s', (validator) => {
    expect(short(serve({ range: 'bytes=5-', 'if-range': validator }))).toEqual([206, 5, 10])
  })
})

describe('neither', () => {
  it.each([
    ['bytes=10-', 10],
    ['bytes=11-20', 10],
    ['bytes=-0', 10],
    ['bytes=0-', 0],
    ['bytes=-5', 0],
  ])('%s of %i bytes', (range, size) => {
    const answer = serve({ range }, { size })
    expect([answer.status, answer.headers.get('content-range')]).toEqual([416, `bytes */${size}`])
    expect(answer.from).toBe(answer.to)
    expect(answer.headers.get('etag')).toBe('"x"')
  })

  it.each(['POST', 'PUT', 'DELETE', 'get'])('%s', (method) => {
    const answer = serve({}, {}, method)
    expect([...short(answer), answer.headers.get('allow')]).toEqual([405, 0, 0, 'GET, HEAD'])
  })
})
