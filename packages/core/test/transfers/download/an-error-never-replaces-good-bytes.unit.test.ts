/** Error statuses, with bytes there and without. */
import { describe, expect, it } from 'vitest'
import { judge } from '../../../src/transfers/download/resume-rules.ts'
import { asked, fresh, head, url, verdict } from '../support/answers.ts'

const transient = [408, 425, 429, 500, 502, 503, 504]
const final = [300, 304, 400, 401, 403, 404, 405, 407, 409, 410, 412, 413, 451, 501, 505, 511]

describe('an error that says “not now”', () => {
  it.each(transient)('%i is tried again, with bytes there or without', (status) => {
    for (const ask of [fresh, asked()])
      expect(judge(head(status), ask)).toMatchObject({
        do: 'retry',
        after: null,
        error: { code: 'badServerResponse', status, retryable: true, url },
      })
  })

  it.each(transient)('%i is the answer when it is the last attempt and nothing would be lost', (status) => {
    expect(judge(head(status, { 'content-length': '17' }), { ...fresh, last: true })).toMatchObject({
      do: 'begin',
      entity: { total: 17, response: { status } },
    })
  })

  it.each(transient)('%i is no answer for bytes that are there, even on the last attempt', (status) => {
    expect(verdict(head(status), asked({ last: true }))).toBe('retry')
  })

  it('says when, in seconds or as a date', () => {
    const now = Date.UTC(2026, 0, 1)
    const after = (text: string) => judge(head(503, { 'retry-after': text }), { ...fresh, now })
    expect(after('120')).toMatchObject({ after: 120_000 })
    expect(after('Thu, 01 Jan 2026 00:01:00 GMT')).toMatchObject({ after: 60_000 })
    expect(after('soon')).toMatchObject({ after: null })
  })

  it('is tried again no sooner than a rate limit is reset, where it is that limit that was met', () => {
    const now = 1_800_000_000_000
    const after = (status: number, headers: Record<string, string>) => judge(head(status, headers), { ...fresh, now })
    expect(after(429, { 'ratelimit-reset': '30' })).toMatchObject({ do: 'retry', after: 30_000 })
    expect(after(429, { 'x-ratelimit-reset': `${now / 1000 + 60}` })).toMatchObject({ do: 'retry', after: 60_000 })
    expect(after(503, { 'ratelimit-reset': '30' })).toMatchObject({ do: 'retry', after: null })
  })
})

describe('an error that says “no”', () => {
  it.each(final)('%i is the file’s content where there is none yet, as Apple has it', (status) => {
    expect(judge(head(status), fresh)).toMatchObject({ do: 'begin', entity: { response: { status } } })
  })

  it.each(final)('%i ends a transfer that has bytes, and keeps them', (status) => {
    const decided = judge(head(status), asked())
    expect(decided).toMatchObject({ do: 'fail', error: { status, retryable: false, url } })
    const error = decided.do === 'fail' ? decided.error : null
    expect(error?.message).toContain(`HTTP ${status}`)
    expect(error?.message).toContain('error.resumeData')
    expect(error?.code).toBe(status === 401 || status === 407 ? 'userAuthenticationRequired' : 'badServerResponse')
  })

  it('tells the server’s own words', () => {
    const decided = judge(head(410, {}, { statusText: 'Gone Fishing' }), asked())
    expect(decided).toMatchObject({
      do: 'fail',
      error: { message: expect.stringContaining('HTTP 410 Gone Fishing') as string },
    })
  })
})

describe('other good statuses', () => {
  it.each([201, 202, 203, 204, 226])('%i begins', (status) => {
    expect(verdict(head(status), fresh)).toBe('begin')
    expect(verdict(head(status), asked())).toBe('begin')
  })
})
