/** URLError: what it says, and that all of it comes back from plain data. */
import { describe, expect, it } from 'vitest'
import { ERRORS } from '../../src/model/error-table.ts'
import { describeCause, URLError, type URLErrorCode, type URLErrorDetails } from '../../src/model/url-error.ts'

const resumeData = {
  kind: 'urlsession.download-resume-data',
  v: 1,
  token: 'token-0001',
  url: 'https://host.test/a',
  method: 'GET',
  headers: [],
  received: 5,
  total: 10,
  etag: '"v1"',
  lastModified: null,
} as const

const full: URLErrorDetails = {
  url: 'https://host.test/a',
  why: 'a reason',
  phase: 'body',
  retryable: true,
  attempts: 3,
  bytesTransferred: 12,
  resumeData,
  opaque: true,
  candidates: ['cannotFindHost', 'secureConnectionFailed'],
  status: 503,
  networkUnavailableReason: 'expensive',
  cause: new RangeError('inner'),
}

const codes = Object.keys(ERRORS) as URLErrorCode[]

describe('an error', () => {
  it.each(codes)('%s comes back from a clone of its record', (code) => {
    const error = new URLError(code, full)
    const back = URLError.fromRecord(structuredClone(error.toRecord()))
    const { cause: _original, ...told } = error
    expect({ ...back, message: back.message, name: back.name }).toMatchObject({
      ...told,
      message: error.message,
      name: error.name,
    })
    expect(back.cause).toBe('RangeError: inner')
    expect(back.toRecord()).toEqual(error.toRecord())
    expect(JSON.parse(JSON.stringify(error.toRecord()))).toEqual(error.toRecord())
  })

  it.each(codes)('%s says subject, reason, advice and code in one line', (code) => {
    const { message } = new URLError(code, { url: 'https://host.test/a', why: 'because' })
    expect(message).toMatch(/^https:\/\/host\.test\/a [^\n]+: because.*\[\w+\]$/)
    expect(message).toContain(`[${code}]`)
  })

  it('has the names that code written for fetch looks for', () => {
    expect(new URLError('cancelled').name).toBe('AbortError')
    expect(new URLError('timedOut').name).toBe('TimeoutError')
    expect(new URLError('badURL').name).toBe('URLError')
  })

  it('has Apple’s number where Apple has one', () => {
    expect(
      ['cancelled', 'timedOut', 'networkConnectionLost', 'noSpaceLeft', 'badResumeData'].map(
        (code) => new URLError(code as URLErrorCode).number,
      ),
    ).toEqual([-999, -1001, -1005, -3003, null])
  })

  it('is retryable by its kind, unless it is said otherwise', () => {
    expect(new URLError('timedOut').retryable).toBe(true)
    expect(new URLError('timedOut', { retryable: false }).retryable).toBe(false)
    expect(new URLError('badServerResponse', { retryable: true }).retryable).toBe(true)
  })

  it('is known across copies of the library, and nothing else is taken for one', () => {
    const foreign = Object.defineProperty(new Error('x'), Symbol.for('urlsession.URLError'), { value: true })
    expect([URLError.is(new URLError('badURL')), URLError.is(foreign)]).toEqual([true, true])
    for (const other of [null, undefined, 'x', {}, new Error('x')]) expect(URLError.is(other)).toBe(false)
  })

  it('can be told more of, and keeps the rest', () => {
    const error = new URLError('noSpaceLeft', { url: 'https://host.test/a', phase: 'storage', why: 'full' })
    const more = error.with({ resumeData, bytesTransferred: 5 })
    expect(more).toMatchObject({
      code: 'noSpaceLeft',
      message: error.message,
      phase: 'storage',
      bytesTransferred: 5,
      resumeData,
    })
    expect(more).toBeInstanceOf(URLError)
  })

  it('of a newer version is unknown, with its words kept', () => {
    const record = {
      ...new URLError('badURL').toRecord(),
      code: 'quantumDecoherence',
      message: 'from the future',
      candidates: ['alsoNew', 'timedOut'],
    }
    expect(URLError.fromRecord(record)).toMatchObject({
      code: 'unknown',
      message: 'from the future',
      candidates: ['timedOut'],
    })
  })

  it('takes no code from Object’s own names', () => {
    for (const code of ['constructor', '__proto__', 'toString'])
      expect(URLError.fromRecord({ ...new URLError('badURL').toRecord(), code }).code).toBe('unknown')
  })

  it('is made from anything thrown', () => {
    const own = new URLError('badURL')
    expect(URLError.from(own, 'unknown')).toBe(own)
    const cause = new TypeError('x')
    expect(URLError.from(cause, 'cannotOpenFile', { phase: 'storage' })).toMatchObject({
      code: 'cannotOpenFile',
      cause,
      phase: 'storage',
    })
    expect(URLError.from('text', 'unknown').message).toContain('text')
    expect(URLError.from(undefined, 'unknown').code).toBe('unknown')
  })
})

describe('a foreign cause', () => {
  it('is one bounded line', () => {
    expect(describeCause(Object.assign(new Error('no'), { code: 'ENOSPC' }))).toBe('Error: no (ENOSPC)')
    expect(describeCause(new Error('x'.repeat(10_000)))).toHaveLength(300)
    expect([describeCause(null), describeCause(undefined), describeCause(5), describeCause({})]).toEqual([
      null,
      null,
      'number',
      'object',
    ])
  })
})
