/** Across origins a page sees only what the server shows. A download resumes all the same where arithmetic proves it right. */
import { SessionConfiguration } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import type { RemoteFile } from '../../../testing/src/origin/remote-origin.ts'
import type { Behaviour, EntityChange, FileOptions } from '../../../testing/src/origin/vocabulary.ts'
import {
  breakAt,
  bytesOf,
  makeSession,
  otherOrigin,
  quick,
  rangesOf,
  reached,
  rejection,
  unique,
  until,
} from '../support/session.ts'

const SIZE = 600_000
const AT = 200_000

const hidden = (options: Partial<FileOptions> = {}): Promise<RemoteFile> =>
  otherOrigin.file(unique('hidden.bin'), { size: SIZE, seed: 1, cors: 'simple', ...options })

/** Breaks a download in the middle, and answers with what came of it. */
async function broken(file: RemoteFile, second: Behaviour = {}, change?: EntityChange) {
  await file.nextResponses([{ stallAfter: AT }, second])
  const task = makeSession(quick).downloadTask(file.url).resume()
  await reached(task, AT)
  if (change) await file.change({ seed: 2, ...change })
  await breakAt(task, file, AT)
  const { file: got } = await task.finished
  return { task, bytes: await bytesOf(await got.blob()) }
}

const preflights = async (file: RemoteFile): Promise<number> =>
  (await otherOrigin.journal({ file: file.name })).filter(({ preflight }) => preflight).length

describe('a server that shows nothing but the body', () => {
  it('is gone on with by its date and its length, without a preflight', async () => {
    const file = await hidden()
    const { task, bytes } = await broken(file)
    expect(bytes).toEqual(contentAt(1, 0, SIZE))
    expect(await rangesOf(file)).toEqual([null, `bytes=${AT}-`])
    expect(await preflights(file)).toBe(0)
    expect(task.response?.headers.has('etag')).toBe(false)
    expect(task.warnings.map(({ code }) => code)).toEqual(['retrying'])
  })

  it('is started over with when the file has changed, even where preflights are refused', async () => {
    const file = await hidden({ preflight: 'refuse' })
    const { task, bytes } = await broken(file, {}, {})
    expect(bytes).toEqual(contentAt(2, 0, SIZE))
    expect(task.warnings.map(({ code }) => code)).toContain('startedOver')
    expect(await preflights(file)).toBe(0)
  })

  it('is started over with when the file has another length', async () => {
    const file = await hidden({ headers: { 'Last-Modified': 'Thu, 01 Jan 2026 00:00:00 GMT' } })
    const { bytes } = await broken(file, {}, { size: SIZE + 10 })
    expect(bytes).toEqual(contentAt(2, 0, SIZE + 10))
  })

  it('is started over with when a part starts elsewhere, which its length betrays', async () => {
    const file = await hidden()
    const { bytes } = await broken(file, { partial: { startShift: 50 } })
    expect(bytes).toEqual(contentAt(1, 0, SIZE))
    expect((await rangesOf(file)).slice(0, 3)).toEqual([null, `bytes=${AT}-`, 'bytes=0-'])
    expect(await preflights(file)).toBe(0)
  })

  it('and no date is started over with, and a warning names the headers to expose', async () => {
    const file = await hidden({ lastModified: false })
    const { task, bytes } = await broken(file)
    expect(bytes).toEqual(contentAt(1, 0, SIZE))
    // The browser's own cache may ask for less than it was asked for; what it adds it can prove.
    expect(task.warnings.map(({ code }) => code)).toContain('startedOver')
    const advice = task.warnings.find(({ code }) => code === 'headersHidden')
    expect(advice?.message).toContain(new URL(file.url).origin)
    expect(advice?.message).toContain('Access-Control-Expose-Headers: ETag, Content-Range')
  })

  it('and no date gives no resume data', async () => {
    const file = await hidden({ lastModified: false, stallAfter: AT })
    const task = makeSession().downloadTask(file.url).resume()
    await reached(task, AT)
    expect(await task.cancelProducingResumeData()).toBe(null)
    await rejection(task.finished)
  })

  it('nor the length of what it has compressed: the file is right all the same', async () => {
    const body = 'what is hidden is no less true\n'.repeat(30_000)
    const file = await hidden({ body, encoding: 'gzip' })
    const { file: got } = await makeSession(quick).download(file.url)
    expect((await (await got.blob()).text()) === body).toBe(true)
    expect(got.size).toBe(body.length)
  })

  it('nor how long to wait, and is asked again all the same', async () => {
    const file = await hidden()
    await file.nextResponses([{ status: 503, retryAfter: 3600 }])
    const { file: got } = await makeSession(quick).download(file.url)
    expect(got.size).toBe(SIZE)
  })

  it('is named by its URL: nothing is known of a Content-Disposition', async () => {
    const file = await hidden({ disposition: 'attachment; filename="secret-name.txt"' })
    const { file: got } = await makeSession().download(file.url)
    expect(got.name).toMatch(/hidden\.bin$/)
  })
})

describe('a server that shows its headers', () => {
  it('is gone on with, without a preflight', async () => {
    const file = await hidden({ cors: 'exposed' })
    const { bytes } = await broken(file)
    expect(bytes).toEqual(contentAt(1, 0, SIZE))
    expect(await rangesOf(file)).toEqual([null, `bytes=${AT}-`])
    expect(await preflights(file)).toBe(0)
  })

  it('is gone on with by resume data, too', async () => {
    const file = await hidden({ cors: 'exposed', stallAfter: AT })
    const session = makeSession()
    const task = session.downloadTask(file.url).resume()
    await reached(task, AT)
    const resumeData = (await task.cancelProducingResumeData()) ?? expect.fail('there is no resume data')
    expect(resumeData).toMatchObject({ etag: file.etag })
    await file.behave({ stallAfter: null })
    const { file: got } = await session.download(resumeData)
    expect(await bytesOf(await got.blob())).toEqual(contentAt(1, 0, SIZE))
    expect(await preflights(file)).toBe(0)
  })

  it('is started over with when the ETag of a part is another, though the range was honoured', async () => {
    const file = await hidden({ cors: 'exposed', ranges: 'if-range-ignored', lastModified: false })
    const { bytes } = await broken(file, {}, {})
    expect(bytes).toEqual(contentAt(2, 0, SIZE))
  })

  it('is asked for permission only for headers of the caller’s own, each time', async () => {
    const file = await hidden({ cors: 'exposed' })
    await file.nextResponses([{ stallAfter: AT }])
    const task = makeSession(quick)
      .downloadTask({ url: file.url, headers: { 'X-Own': 'yes' } })
      .resume()
    await breakAt(task, file, AT)
    await task.finished
    expect(await preflights(file)).toBe(2)
  })
})

describe('a server that allows no page of another origin', () => {
  it('cannot be loaded from, and the error says what it may be', async () => {
    const file = await hidden({ cors: 'none' })
    const error = await rejection(makeSession({ retry: { attempts: 1 } }).download(file.url))
    expect(error).toMatchObject({ code: 'opaqueNetworkFailure', opaque: true, url: file.url })
    expect((error as Error).message).toContain('another origin')
  })

  it('is waited for like one that is down, and the task says for what and why', async () => {
    const file = await hidden({ cors: 'none' })
    const session = makeSession(SessionConfiguration.background(unique('kept-away'), quick))
    const task = session.downloadTask(file.url).resume()
    await until(task, () => task.waitingFor === 'connectivity' && task.warnings.length > 0)
    expect(task.warnings[0]).toMatchObject({ code: 'retrying', message: expect.stringMatching(/another origin.*CORS/) })
    expect(task.waitingUntil).toBeInstanceOf(Date)
  })

  it('gets no cookies, and neither does any other unless that was asked for', async () => {
    const file = await hidden({ cors: 'credentials' })
    await fetch(`${otherOrigin.url}/set-cookie?crumb=1`, { credentials: 'include' }).catch(() => {})
    await makeSession().download(file.url)
    expect((await file.requests())[0]?.headers['cookie']).toBe(undefined)
  })
})
