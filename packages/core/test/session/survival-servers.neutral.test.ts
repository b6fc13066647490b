/** A download outlives what servers do: being busy, broken, restarted, away; and keeps its bytes where it cannot. */
import { type URLError } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import {
  breakAt,
  bytesOf,
  makeSession,
  privateOrigin,
  quick,
  rangesOf,
  reached,
  rejection,
  serve,
  until,
} from '../support/session.ts'

const patient = { retry: { attempts: 1000, baseDelay: 10, maximumDelay: 50 } } as const

describe('a download outlives', () => {
  it.each([500, 502, 503, 504, 408, 425, 429])('an answer of %i, first and in the middle', async (status) => {
    const file = await serve('busy.bin', { size: 600_000, seed: 81 })
    await file.nextResponses([{ status }, { status }, { stallAfter: 200_000 }, { status }])
    const task = makeSession(quick).downloadTask(file.url).resume()
    await breakAt(task, file, 200_000)
    const { file: got, response } = await task.finished
    expect(response.status).toBe(200)
    expect(await bytesOf(await got.blob())).toEqual(contentAt(81, 0, 600_000))
    expect((await rangesOf(file)).slice(3)).toEqual(['bytes=200000-', 'bytes=200000-'])
  })

  it.each([429, 503])('a %i that says in how many seconds to come again', async (status) => {
    const file = await serve('later.bin', { size: 1000 })
    await file.nextResponses([{ status, retryAfter: 1 }])
    const task = makeSession(quick).downloadTask(file.url).resume()
    await until(task, () => task.waitingFor === 'retry')
    await task.finished
    const [first, second] = await file.requests()
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1000)
  })

  it('a 503 that says at what date to come again', async () => {
    const file = await serve('dated.bin', { size: 1000 })
    await file.nextResponses([{ status: 503, retryAfterDate: 1500 }])
    await makeSession(quick).download(file.url)
    const [first, second] = await file.requests()
    expect(second?.at).toBeGreaterThanOrEqual(Date.parse(first?.responseHeaders['retry-after'] ?? ''))
  })

  it('a Retry-After that means nothing', async () => {
    const file = await serve('nonsense.bin', { size: 1000 })
    await file.nextResponses(['soon', '-5', '1e3', ''].map((retryAfter) => ({ status: 503, retryAfter })))
    const { response } = await makeSession(quick).download(file.url)
    expect(response.status).toBe(200)
  })

  it('a restart of the server', async () => {
    const origin = await privateOrigin()
    const file = await origin.file('restarted.bin', { size: 900_000, seed: 82, stallAfter: 300_000 })
    const task = makeSession(patient).downloadTask(file.url).resume()
    await reached(task, 300_000)
    await file.behaveWell()
    await origin.restart()
    const { file: got } = await task.finished
    expect(await bytesOf(await got.blob())).toEqual(contentAt(82, 0, 900_000))
    expect(await rangesOf(file)).toEqual([null, 'bytes=300000-'])
  })

  it('a server that refuses connections for a while', async () => {
    const origin = await privateOrigin()
    const file = await origin.file('refused.bin', { size: 900_000, seed: 83, stallAfter: 300_000 })
    const task = makeSession(patient).downloadTask(file.url).resume()
    await reached(task, 300_000)
    await file.behaveWell()
    await origin.restart(300)
    const { file: got } = await task.finished
    expect(await bytesOf(await got.blob())).toEqual(contentAt(83, 0, 900_000))
    expect(await rangesOf(file)).toEqual([null, 'bytes=300000-'])
  })

  it('a server that cannot be reached yet, where the session waits for connectivity, and says so once', async () => {
    const origin = await privateOrigin()
    const file = await origin.file('unreachable.bin', { size: 1000, seed: 84 })
    await origin.restart(4000)
    let said = 0
    const session = makeSession(
      { retry: { ...quick.retry, attempts: 1 }, waitsForConnectivity: true },
      { isWaitingForConnectivity: () => void (said += 1) },
    )
    const task = session.downloadTask(file.url).resume()
    await until(task, () => task.waitingFor === 'connectivity')
    await task.finished
    expect(said).toBe(1)
  })
})

describe('a download that a server ends', () => {
  it.each([
    [403, 'badServerResponse'],
    [404, 'badServerResponse'],
    [410, 'badServerResponse'],
    [401, 'userAuthenticationRequired'],
  ])('in the middle with %i keeps its bytes and goes on from them later', async (status, code) => {
    const file = await serve('expired.bin', { size: 600_000, seed: 85 })
    await file.nextResponses([{ stallAfter: 200_000 }, { status, text: 'This link has expired.' }])
    const session = makeSession(quick)
    const task = session.downloadTask(file.url).resume()
    await breakAt(task, file, 200_000)
    const error = (await rejection(task.finished)) as URLError
    expect(error).toMatchObject({ code, status, retryable: false, bytesTransferred: 200_000, url: file.url })
    expect(error.message).toMatch(new RegExp(`HTTP ${status}.*error\\.resumeData`))
    const { file: got } = await session.download(error.resumeData ?? expect.fail('there is no resume data'))
    expect(await bytesOf(await got.blob())).toEqual(contentAt(85, 0, 600_000))
    expect((await rangesOf(file)).at(-1)).toBe('bytes=200000-')
  })

  it('by naming a time beyond all patience fails at once', async () => {
    const file = await serve('tomorrow.bin', { size: 1000 })
    await file.nextResponses([{ status: 503, retryAfter: 3600 }])
    const task = makeSession({ timeout: { resource: 20_000 } })
      .downloadTask(file.url)
      .resume()
    await expect(task.finished).rejects.toMatchObject({ code: 'badServerResponse', status: 503, attempts: 1 })
  })

  it('by redirecting for ever, or to nowhere, fails', async () => {
    const session = makeSession({ retry: { attempts: 1 } })
    const endless = await serve('endless.bin', { size: 10, redirect: { hops: 100 } })
    const nowhere = await serve('nowhere.bin', { size: 10, redirect: { to: 'ftp://127.0.0.1/x' } })
    const codes = await Promise.all(
      [endless, nowhere].map(async ({ url }) => ((await rejection(session.download(url))) as URLError).code),
    )
    expect(['httpTooManyRedirects', 'opaqueNetworkFailure']).toContain(codes[0])
    expect(['redirectToNonExistentLocation', 'opaqueNetworkFailure']).toContain(codes[1])
  })

  it('by redirecting although the session refuses fails, and the target is never asked', async () => {
    const target = await serve('target.bin', { size: 10 })
    const file = await serve('moved.bin', { size: 10, redirect: { to: target.url } })
    await rejection(makeSession({ redirect: 'refuse', retry: { attempts: 1 } }).download(file.url))
    expect(await target.requests()).toEqual([])
  })
})
