/** Backoff within its bounds, and what servers write into Retry-After. */
import { describe, expect, it } from 'vitest'
import {
  backoffDelay,
  isRepeatable,
  isTransientStatus,
  parseRetryAfter,
  retryAfterOf,
} from '../../src/loading/retry.ts'

const policy = { attempts: 10, baseDelay: 500, maximumDelay: 30_000 }
const now = Date.UTC(2026, 0, 1)

describe('the delay before another attempt', () => {
  it('is anything from nothing to a ceiling that doubles', () => {
    for (let failures = 1; failures <= 100; failures++) {
      const ceiling = Math.min(30_000, 500 * 2 ** (failures - 1))
      for (const chance of [0, 0.25, 0.5, 0.999_999]) {
        const delay = backoffDelay(failures, chance, policy)
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(ceiling)
        expect(delay).toBe(Math.round(chance * ceiling))
      }
    }
  })

  it('is a whole number, also after a thousand failures', () => {
    expect(backoffDelay(1000, 0.123_456, policy)).toBe(Math.round(0.123_456 * 30_000))
    expect(backoffDelay(1, 0.5, { ...policy, baseDelay: 40_000 })).toBe(15_000)
  })
})

describe('a status', () => {
  it('is worth another try when it says “not now”', () => {
    const transient = Array.from({ length: 600 }, (_, status) => status).filter(isTransientStatus)
    expect(transient).toEqual([408, 425, 429, 500, 502, 503, 504])
  })
})

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7000],
    ['0007', 7000],
    ['Thu, 01 Jan 2026 00:02:00 GMT', 120_000],
    ['Thursday, 01-Jan-26 00:02:00 GMT', 120_000],
    ['Thu Jan  1 00:02:00 2026', 120_000],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ])('%j is %i ms', (text, expected) => {
    expect(parseRetryAfter(text, now)).toBe(expected)
  })

  it.each([
    null,
    '',
    'soon',
    '-5',
    '1.5',
    '1e3',
    '0x10',
    '12 seconds',
    '120, 240',
    '99999999999',
    'Thu, 99 Jan 2026 00:02:00 GMT',
    'tomorrow GMT',
    '2026-01-01T00:02:00Z',
    '2026-01-01',
    'GMT',
  ])('%j is none', (text) => {
    expect(parseRetryAfter(text, now)).toBeNull()
  })
})

describe('a rate limit', () => {
  const told = (status: number, headers: Record<string, string>): number | null =>
    retryAfterOf({ status, headers: new Headers(headers) }, now)

  it.each([
    [{ 'ratelimit-reset': '30' }, 30_000],
    [{ 'x-ratelimit-reset': '30' }, 30_000],
    [{ 'x-ratelimit-reset': `${now / 1000 + 60}` }, 60_000],
    [{ 'x-ratelimit-reset': `${now / 1000 - 60}` }, 0],
    [{ 'retry-after': '5', 'ratelimit-reset': '30' }, 5000],
    [{ 'x-ratelimit-reset': 'soon' }, null],
    [{}, null],
  ])('of %j is %s ms', (headers, expected) => {
    expect(told(429, headers)).toBe(expected)
  })

  it('that came with another failure says nothing about it', () => {
    expect([told(503, { 'x-ratelimit-reset': '3600' }), told(503, { 'retry-after': '1' })]).toEqual([null, 1000])
  })
})

describe('a method', () => {
  it('may be asked again where it does no more twice than once', () => {
    const methods = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'QUERY', 'POST', 'PATCH', 'CONNECT']
    expect(methods.filter(isRepeatable)).toEqual(methods.slice(0, 6))
  })
})
