/** Methods other than GET, and what goes along on a redirect. */
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, origin, otherOrigin, quick, rejection, serve, unique } from '../support/session.ts'

describe('a request that may change something', () => {
  it.runIf(inNode)('is sent once: what became of it is not known when the connection breaks', async () => {
    const file = await serve('posted.bin', { size: 10, beforeHead: 'reset' })
    const task = makeSession(quick).downloadTask({ url: file.url, method: 'POST', body: 'order' }).resume()
    await expect(task.finished).rejects.toMatchObject({ attempts: 1, resumeData: null })
    expect(await file.requests()).toHaveLength(1)
  })

  it('has its error page for an answer, and not for a reason to ask again', async () => {
    const file = await serve('refused.bin', { size: 10, status: 503, text: 'Not now.' })
    const { file: got, response } = await makeSession(quick).download({ url: file.url, method: 'POST', body: 'order' })
    expect(response.status).toBe(503)
    expect(await (await got.blob()).text()).toBe('Not now.')
    expect(await file.requests()).toHaveLength(1)
  })

  it('has no resume data: its answer cannot be asked for in parts', async () => {
    const file = await serve('stopped.bin', { size: 600_000, stallAfter: 100_000 })
    const task = makeSession().downloadTask({ url: file.url, method: 'POST', body: 'order' }).resume()
    for await (const { completed } of task.progress) if (completed >= 100_000) break
    expect(await task.cancelProducingResumeData()).toBe(null)
    expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled', resumeData: null })
  })
})

describe('HEAD', () => {
  it('gives the head, and an empty file', async () => {
    const file = await serve('headed.bin', { size: 600_000 })
    const { file: got, response } = await makeSession().download({ url: file.url, method: 'HEAD' })
    expect(got.size).toBe(0)
    expect(response).toMatchObject({ status: 200, expectedContentLength: 600_000 })
    expect(await file.requests()).toHaveLength(1)
  })
})

describe('an answer that nobody asked for', () => {
  it('as a part though the whole was asked for is not taken for the whole', async () => {
    const file = await serve('unasked.bin', { size: 600_000, status: 206 })
    const error = await rejection(makeSession({ retry: { ...quick.retry, attempts: 2 } }).download(file.url))
    expect(error).toMatchObject({ code: expect.stringMatching(/badServerResponse|opaqueNetworkFailure/) })
  })

  it('with two lengths is no answer', async () => {
    const { url } = await serve('lengths.bin', { size: 600_000, malformed: 'lengths' })
    const error = await rejection(makeSession({ retry: { attempts: 1 } }).download(url))
    expect(error).toMatchObject({ code: expect.stringMatching(/cannotParseResponse|opaqueNetworkFailure/) })
  })
})

describe('a redirect', () => {
  const secret = { Authorization: 'Bearer t0psecret' }

  it('to another origin takes no credentials along', async () => {
    const target = await otherOrigin.file(unique('target.bin'), { size: 10 })
    const file = await serve('moved.bin', { size: 10, redirect: { to: target.url } })
    const request = { url: file.url, cachePolicy: 'no-store' } as const
    await makeSession().download({ ...request, headers: secret })
    await makeSession({ headers: secret }).download(request)
    expect((await file.requests()).map(({ headers }) => headers['authorization'])).toEqual(
      Array(2).fill('Bearer t0psecret'),
    )
    expect((await target.requests()).map(({ headers }) => headers['authorization'])).toEqual([undefined, undefined])
  })

  it('within the origin takes them along', async () => {
    const target = await serve('target.bin', { size: 10 })
    const file = await serve('moved.bin', { size: 10, redirect: { to: target.url } })
    await makeSession().download({ url: file.url, headers: secret })
    expect((await target.requests())[0]?.headers['authorization']).toBe('Bearer t0psecret')
  })

  it('to another origin is refused where the session says so, and within the origin is not', async () => {
    const session = makeSession({ redirect: 'same-origin', retry: { attempts: 1 } })
    const [near, far] = [await serve('near.bin', { size: 10 }), await otherOrigin.file(unique('far.bin'), { size: 10 })]
    const [toNear, toFar] = [
      await serve('a.bin', { size: 10, redirect: { to: near.url } }),
      await serve('b.bin', { size: 10, redirect: { to: far.url } }),
    ]
    expect((await session.download(toNear.url)).file.size).toBe(10)
    expect(await rejection(session.download(toFar.url))).toMatchObject({ code: 'badServerResponse' })
    if (inNode) expect(await far.requests()).toEqual([])
  })

  it('of a POST becomes a GET where the status says so', async () => {
    const url = `${origin.url}/redirect/1?status=303`
    const { file } = await makeSession().download({ url, method: 'POST', body: 'order' })
    expect(JSON.parse(await (await file.blob()).text())).toMatchObject({ method: 'GET', url: '/echo', body: '' })
    const kept = await makeSession().download({ url: url.replace('303', '307'), method: 'POST', body: 'order' })
    expect(JSON.parse(await (await kept.file.blob()).text())).toMatchObject({ method: 'POST', body: 'order' })
  })
})
