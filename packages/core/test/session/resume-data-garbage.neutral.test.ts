/** Resume data comes from anywhere: what is none fails at the call, typed, and no request is made for it. */
import type { ResumeData } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { makeSession, reached, rejection, serve } from '../support/session.ts'

const kind = 'urlsession.download-resume-data'
const good = (url: string): Record<string, unknown> => ({
  kind,
  v: 1,
  token: '01a20616-2ee3-7275-ace6-50402b66fb9f',
  url,
  method: 'GET',
  headers: [],
  received: 5,
  total: 10,
  etag: '"x"',
  lastModified: null,
})

const damaged: [string, Record<string, unknown>, RegExp][] = [
  ['another kind', { kind: 'something.else' }, /not what cancelProducingResumeData\(\) gave/],
  ['a kind that is no text', { kind: 7 }, /not what/],
  ['a newer version', { v: 2 }, /newer version \(2; this one reads 1\)/],
  ['a version before the first', { v: 0 }, /"v" is damaged/],
  ['a version that is a text', { v: '1' }, /"v" is damaged/],
  ['no token', { token: undefined }, /"token"/],
  ['a token that is a path', { token: '../../../../etc/passwd' }, /"token"/],
  ['a token that is too long', { token: 'a'.repeat(500) }, /"token"/],
  ['no URL', { url: undefined }, /"url"/],
  ['a URL that is none', { url: 7 }, /"url"/],
  ['another method', { method: 'DELETE' }, /"method"/],
  ['headers that are none', { headers: { a: 'b' } }, /"headers"/],
  ['headers in threes', { headers: [['a', 'b', 'c']] }, /"headers/],
  ['a negative count', { received: -1 }, /"received"/],
  ['a count that is no number', { received: Number.NaN }, /"received"/],
  ['a count beyond all numbers', { received: 2 ** 60 }, /"received"/],
  ['a total that is a text', { total: '10' }, /"total"/],
  ['a validator that is none', { etag: ['"x"'] }, /"etag"/],
  ['a field too much', { path: '/etc/passwd' }, /damaged/],
]

describe('resume data that cannot be used fails at the call', () => {
  it.each(damaged)('with %s', async (_name, change, message) => {
    const file = await serve('garbage.bin', { size: 10 })
    const session = makeSession()
    const given = { ...good(file.url), ...change } as unknown as ResumeData
    const make = (): unknown => session.downloadTask(given)
    expect(make).toThrow(expect.objectContaining({ code: 'badResumeData', phase: 'setup', retryable: false }))
    expect(make).toThrow(message)
    expect(await rejection(session.download(given))).toMatchObject({ code: 'badResumeData' })
    expect(await session.tasks()).toEqual([])
    expect(await file.requests()).toEqual([])
  })

  it('with a URL that may not be loaded', () => {
    const session = makeSession()
    const make = (url: string) => () => session.downloadTask(good(url) as unknown as ResumeData)
    expect(make('ssh://example.com/x')).toThrow(expect.objectContaining({ code: 'unsupportedURL' }))
    // A file of this machine is no download that was broken off.
    expect(make('file:///etc/passwd')).toThrow(expect.objectContaining({ code: 'unsupportedURL' }))
    expect(make('https://')).toThrow(expect.objectContaining({ code: expect.stringMatching(/badURL|unsupportedURL/) }))
    const insecure = { code: 'appTransportSecurityRequiresSecureConnection' }
    expect(make('http://example.com/x')).toThrow(expect.objectContaining(insecure))
  })

  it('and what was damaged is still good in its undamaged form', async () => {
    const file = await serve('undamaged.bin', { size: 300_000, stallAfter: 100_000 })
    const session = makeSession()
    const task = session.downloadTask(file.url).resume()
    await reached(task, 100_000)
    const resumeData = (await task.cancelProducingResumeData()) ?? expect.fail('there is no resume data')
    expect(() => session.downloadTask({ ...resumeData, received: -1 })).toThrow(/"received"/)
    await file.behaveWell()
    const { file: got } = await session.download(resumeData)
    expect(got.size).toBe(300_000)
  })

  it('but well-formed data that nobody gave out starts from zero, and claims nothing', async () => {
    const file = await serve('invented.bin', { size: 10 })
    const { file: got } = await makeSession().download(good(file.url) as unknown as ResumeData)
    expect(got.size).toBe(10)
    expect((await file.requests()).map(({ range }) => range)).toEqual([null])
  })
})
