/** What arrives is what was sent: every status, every framing, every coding. */
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { bytesOf, inNode, makeSession, quick, rangesOf, rejection, serve } from '../support/session.ts'

const text = 'All work and no play makes Jack a dull boy. '.repeat(20_000)

describe('a download’s file', () => {
  it('is the body of a 404 as well: a status is no error', async () => {
    const file = await serve('missing.bin', { size: 10, status: 404, text: 'There is no such thing.' })
    const session = makeSession()
    const { file: got, response } = await session.download(file.url)
    expect(response).toMatchObject({ status: 404, ok: false, statusText: 'Not Found', url: file.url })
    expect(await (await got.blob()).text()).toBe('There is no such thing.')
    expect(got.size).toBe(23)
  })

  it.each([410, 403, 500, 503])('is the body of a %i, in the end', async (status) => {
    const file = await serve('refused.bin', { size: 10, status, text: 'No.' })
    const { file: got, response } = await makeSession({
      retry: { attempts: 2, baseDelay: 5, maximumDelay: 5 },
    }).download(file.url)
    expect(response.status).toBe(status)
    expect(await (await got.blob()).text()).toBe('No.')
    // What may pass is tried again, as often as the session says.
    expect(await file.requests()).toHaveLength(status >= 500 ? 2 : 1)
  })

  it('is empty where the body is', async () => {
    const { file, response } = await makeSession().download((await serve('empty.bin', { size: 0 })).url)
    expect(file.size).toBe(0)
    expect((await file.blob()).size).toBe(0)
    expect(response.expectedContentLength).toBe(0)
  })

  it('is empty where there can be no body', async () => {
    const { file, response } = await makeSession().download((await serve('nothing.bin', { size: 5, status: 204 })).url)
    expect(response.status).toBe(204)
    expect(file.size).toBe(0)
  })

  it.each(['chunked', 'close'] as const)('is whole with %s framing, whose length nobody knows', async (framing) => {
    const { url } = await serve('framed.bin', { size: 1_500_000, seed: 3, framing })
    const { file, response } = await makeSession().download(url)
    expect(response.expectedContentLength).toBe(null)
    expect(await bytesOf(await file.blob())).toEqual(contentAt(3, 0, 1_500_000))
  })

  it.each(['gzip', 'br'] as const)(
    'is decoded where it came as %s, and its size is the decoded one',
    async (encoding) => {
      const file = await serve('encoded.txt', { body: text, encoding, contentType: 'text/plain; charset=UTF-8' })
      const promise = makeSession().download(file.url)
      const { file: got, response } = await promise
      expect(got.size).toBe(text.length)
      expect((await (await got.blob()).text()) === text).toBe(true)
      expect(response).toMatchObject({ expectedContentLength: null, mimeType: 'text/plain', textEncodingName: 'utf-8' })
      expect(promise.task.progress.snapshot()).toMatchObject({ completed: text.length, total: text.length })
    },
  )

  // A browser takes such a body for whole. What it can do is to ask for plain bytes, as the next test shows.
  it.runIf(inNode)('is no half of a gzip body that was cut short, though its Content-Length agrees', async () => {
    const file = await serve('cut.txt', { body: text, encoding: 'gzip', encodingCut: 40 })
    const session = makeSession({ retry: { ...quick.retry, attempts: 2 } })
    const task = session.downloadTask(file.url).resume()
    const error = await rejection(task.finished)
    // The first attempt brought bytes; two after it did not.
    expect(error).toMatchObject({ code: 'cannotDecodeContentData', url: file.url, resumeData: null, attempts: 3 })
    expect(await session.files.list()).toEqual([])
  })

  it('is asked for again, and plain, where what came compressed cannot be trusted', async () => {
    const file = await serve('cut-once.txt', { body: text })
    await file.nextResponses([{ encoding: 'gzip', encodingCut: 40 }])
    const { file: got } = await makeSession(quick).download(file.url)
    expect((await (await got.blob()).text()) === text).toBe(true)
    // Never from an offset of the decoded bytes, which the server knows nothing of.
    expect(await rangesOf(file)).toEqual([null, 'bytes=0-'])
  })

  it('follows redirects, and the task shows where it ended', async () => {
    const target = await serve('target.bin', { size: 1000, seed: 5 })
    const file = await serve('moved.bin', { size: 10, redirect: { to: target.url, hops: 3 } })
    const task = makeSession().downloadTask(file.url).resume()
    const { file: got, response } = await task.finished
    expect(await bytesOf(await got.blob())).toEqual(contentAt(5, 0, 1000))
    expect(response.url).toBe(target.url)
    expect(task.currentRequest.url).toBe(target.url)
    expect(task.originalRequest.url).toBe(file.url)
  })

  it('has the response’s headers beside it, but never its cookies', async () => {
    const { url } = await serve('headed.bin', { size: 10, contentType: 'image/PNG', headers: { 'Set-Cookie': 'a=b' } })
    const promise = makeSession().download(url)
    const { file, response } = await promise
    expect(file.type).toBe('image/PNG')
    expect(response.mimeType).toBe('image/png')
    expect(response.headers.has('set-cookie')).toBe(false)
    expect(promise.task.response).toEqual(response)
  })

  it('of a server that does not understand HTTP is none', async () => {
    const { url } = await serve('garbage.bin', { size: 10, malformed: 'status-line' })
    const task = makeSession({ retry: { attempts: 1 } })
      .downloadTask(url)
      .resume()
    const error = await rejection(task.finished)
    expect(['cannotParseResponse', 'opaqueNetworkFailure']).toContain((error as { code: string }).code)
  })

  it('of a server whose headers are oddly spaced is a file like any other', async () => {
    const { url } = await serve('compact.bin', { size: 10, seed: 2, malformed: 'compact-header' })
    const { file } = await makeSession().download(url)
    expect(await bytesOf(await file.blob())).toEqual(contentAt(2, 0, 10))
  })
})
