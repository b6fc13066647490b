/** RFC 9111 and RFC 5861 as a private cache follows them: what may be kept, and for how long it is used unasked. */
import { describe, expect, it } from 'vitest'
import { ageOf, confirmed, dependence, judged, matches, outlastsErrors } from '../../../src/loading/cache/freshness.ts'
import type { StoredHead } from '../../../src/model/url-cache.ts'
import type { WireRequest, WireResponse } from '../../../src/ports/transport.ts'

type Pairs = Record<string, string>

/** When the answers here came. */
const NOW = Date.UTC(2026, 0, 1)
const at = (seconds: number): string => new Date(NOW + seconds * 1000).toUTCString()

const head = (headers: Pairs, more: Partial<StoredHead> = {}): StoredHead => ({
  version: 1,
  id: 'one',
  key: 'https://example.com/',
  response: {
    url: 'https://example.com/',
    status: 200,
    statusText: '',
    headers: Object.entries(headers),
    filename: '',
  },
  filtered: false,
  varied: [],
  exactly: false,
  requested: NOW,
  received: NOW,
  length: 0,
  storagePolicy: 'allowed',
  userInfo: null,
  ...more,
})

const cc = (value: string, more: Pairs = {}): Pairs => ({ 'cache-control': value, ...more })

/** Whether, and on what it depends, an answer may be kept. */
function kept(headers: Pairs, { sent = {}, ...more }: Partial<WireResponse> & { sent?: Pairs; method?: string } = {}) {
  const request = { method: 'GET', ...more, headers: new Headers(sent) } as unknown as WireRequest
  return dependence(request, {
    status: 200,
    headersFiltered: false,
    ...more,
    headers: new Headers(headers),
  } as unknown as WireResponse)
}

describe('an answer', () => {
  it.each<[string, Pairs, number, 'use' | 'renew' | 'ask']>([
    ['younger than max-age', cc('max-age=60'), 59, 'use'],
    ['as old as max-age', cc('max-age=60'), 60, 'ask'],
    ['whose max-age is in capitals and quotes', cc('Public, Max-Age="60"'), 59, 'use'],
    ['with two max-ages, of which the first counts', cc('max-age=10, max-age=60'), 20, 'ask'],
    ['whose max-age is no number', cc('max-age=soon', { expires: at(60) }), 0, 'ask'],
    ['with a max-age that beats Expires', cc('max-age=60', { expires: at(-60) }), 30, 'use'],
    ['with an s-maxage, which is for others', cc('s-maxage=60'), 30, 'ask'],
    ['before Expires', { expires: at(60) }, 30, 'use'],
    ['after Expires', { expires: at(60) }, 61, 'ask'],
    ['whose Expires is no date', { expires: '0', 'last-modified': at(-1000) }, 0, 'ask'],
    ['with Expires by the clock of a server that is late', { date: at(-3600), expires: at(-3000) }, 0, 'ask'],
    ['of a tenth of the age it had', { 'last-modified': at(-1000) }, 99, 'use'],
    ['of more than a tenth of the age it had', { 'last-modified': at(-1000) }, 101, 'ask'],
    ['that says nothing', {}, 0, 'ask'],
    ['that was old when it came', cc('max-age=60', { age: '50' }), 20, 'ask'],
    ['fresh, with no-cache', cc('max-age=60, no-cache'), 0, 'ask'],
    ['fresh, with no-cache for a field', cc('max-age=60, no-cache="set-cookie, x"'), 0, 'ask'],
    ['with the old Pragma', { pragma: 'no-cache', expires: at(60) }, 0, 'ask'],
    ['fresh, with must-revalidate', cc('max-age=60, must-revalidate'), 30, 'use'],
    ['stale, and may be for a while', cc('max-age=60, stale-while-revalidate=30'), 80, 'renew'],
    ['stale for longer than it may be', cc('max-age=60, stale-while-revalidate=30'), 91, 'ask'],
    ['stale, with must-revalidate', cc('max-age=60, stale-while-revalidate=30, must-revalidate'), 80, 'ask'],
  ])('%s', (_name, headers, age, verdict) => {
    expect(judged(head(headers), new Headers(), NOW + age * 1000)).toBe(verdict)
  })

  it.each<[string, Pairs, number, 'use' | 'ask']>([
    ['no-cache', cc('no-cache'), 0, 'ask'],
    ['pragma', { pragma: 'no-cache' }, 0, 'ask'],
    ['a max-age it has passed', cc('max-age=10'), 11, 'ask'],
    ['a max-age it has not', cc('max-age=10'), 10, 'use'],
    ['a min-fresh it has', cc('min-fresh=20'), 40, 'use'],
    ['a min-fresh it has not', cc('min-fresh=20'), 41, 'ask'],
    ['a max-stale it keeps', cc('max-stale=10'), 70, 'use'],
    ['a max-stale it does not', cc('max-stale=10'), 71, 'ask'],
    ['any max-stale', cc('max-stale'), 10_000, 'use'],
  ])('is asked for with %s', (_name, sent, age, verdict) => {
    expect(judged(head(cc('max-age=60')), new Headers(sent), NOW + age * 1000)).toBe(verdict)
  })

  it('is as old as it says, as its date says, or as its way took, whichever is most', () => {
    expect(ageOf(head({ age: '7' }, { requested: NOW - 2000 }), NOW + 1000)).toBe(10)
    expect(ageOf(head({ date: at(-30) }), NOW + 1000)).toBe(31)
    expect(ageOf(head({ date: at(30), age: 'x' }), NOW)).toBe(0)
  })

  it.each<[Pairs, number, boolean]>([
    [cc('max-age=60, stale-if-error=30'), 80, true],
    [cc('max-age=60, stale-if-error=30'), 91, false],
    [cc('max-age=60'), 80, false],
    [cc('max-age=60, stale-if-error=30, must-revalidate'), 80, false],
  ])('with %o is better than a failure after %i s: %s', (headers, age, isBetter) => {
    expect(outlastsErrors(head(headers), NOW + age * 1000)).toBe(isBetter)
  })

  it('that was confirmed has the newer headers, but those of its body, and is as young as the confirmation', () => {
    const old = head(cc('max-age=1', { age: '9', 'content-type': 'a/b', 'content-length': '5', x: 'old' }))
    const by = new Headers(
      cc('max-age=60', { 'content-length': '0', 'content-type': 'c/d', 'set-cookie': 'a=b', x: 'new' }),
    )
    const { response, requested, received } = confirmed(old, by, NOW + 1000, NOW + 2000)
    expect(Object.fromEntries(response.headers)).toEqual(
      cc('max-age=60', { 'content-type': 'a/b', 'content-length': '5', x: 'new' }),
    )
    expect([requested, received]).toEqual([NOW + 1000, NOW + 2000])
  })
})

describe('what may be kept', () => {
  it.each<[string, Pairs, Parameters<typeof kept>[1]]>([
    ['a plain answer', {}, {}],
    ['one that was not found', {}, { status: 404 }],
    ['a private one', cc('private, max-age=60'), {}],
    ['a redirect for a while that says how long', cc('max-age=60'), { status: 302 }],
    ['an answer to Authorization that is for all', cc('public'), { sent: { authorization: 'x' } }],
    ['an answer to Authorization that is asked about', cc('must-revalidate'), { sent: { authorization: 'x' } }],
  ])('is %s', (_name, headers, more) => {
    expect(kept(headers, more)).not.toBeNull()
  })

  it.each<[string, Pairs, Parameters<typeof kept>[1]]>([
    ['no-store', cc('max-age=60, NO-STORE'), {}],
    ['an answer to no-store', {}, { sent: cc('no-store') }],
    ['a part', cc('max-age=60'), { status: 206 }],
    ['a failure', cc('max-age=60'), { status: 500 }],
    ['a redirect for a while', {}, { status: 302 }],
    ['an answer to anything but GET', cc('max-age=60'), { method: 'POST' }],
    ['what a browser was redirected to', cc('max-age=60'), { redirected: true }],
    ['an answer to Authorization', cc('max-age=60'), { sent: { authorization: 'x' } }],
    ['what depends on anything', { vary: 'accept, *' }, {}],
    ['what depends on cookies', { vary: 'Cookie' }, {}],
    ['what depends on a key', { vary: 'X-API-Key' }, { sent: { 'x-api-key': 'x' } }],
    ['what may depend on a key, for all a page is shown', {}, { sent: { 'x-api-key': 'x' }, headersFiltered: true }],
  ])('is not %s', (_name, headers, more) => {
    expect(kept(headers, more)).toBeNull()
  })

  it('says what it depends on, and that is compared', () => {
    const depends = kept({ vary: 'Accept,  X-A' }, { sent: { accept: 'a/b', other: '1' } })
    expect(depends).toEqual({
      varied: [
        ['accept', 'a/b'],
        ['x-a', null],
      ],
      exactly: false,
    })
    const stored = head({}, depends ?? {})
    expect(matches(stored, new Headers({ accept: 'a/b', more: '2' }))).toBe(true)
    expect(matches(stored, new Headers({ accept: 'c/d' }))).toBe(false)
    expect(matches(stored, new Headers({ accept: 'a/b', 'x-a': '' }))).toBe(false)
  })

  it('depends on everything where a page is not shown on what', () => {
    const stored = head({}, kept({}, { sent: { accept: 'a/b' }, headersFiltered: true }) ?? {})
    expect(matches(stored, new Headers({ accept: 'a/b' }))).toBe(true)
    expect(matches(stored, new Headers({ accept: 'a/b', more: '2' }))).toBe(false)
    expect(matches(stored, new Headers())).toBe(false)
  })
})
