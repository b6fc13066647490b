/** Resume data: what it holds, where it can go, and that it can be used once. */
import { SessionConfiguration, type ResumeData, type URLError, type URLSession } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import type { RemoteFile } from '../../../testing/src/origin/remote-origin.ts'
import type { FileOptions } from '../../../testing/src/origin/vocabulary.ts'
import { breakAt, bytesOf, makeSession, quick, rangesOf, reached, rejection, serve } from '../support/session.ts'

const SIZE = 600_000
const AT = 200_000

interface Paused {
  readonly file: RemoteFile
  readonly resumeData: ResumeData | null
  readonly error: URLError
}

/** A download that was cancelled in the middle. */
async function paused(session: URLSession, options: Partial<FileOptions> = {}): Promise<Paused> {
  const file = await serve('paused.bin', { size: SIZE, seed: 95, ...options, stallAfter: AT })
  const task = session
    .downloadTask({ url: file.url, headers: { 'X-Kind': 'film', Authorization: 'Bearer secret' } })
    .resume()
  await reached(task, AT)
  const resumeData = await task.cancelProducingResumeData()
  const error = (await rejection(task.finished)) as URLError
  await file.behave({ stallAfter: null })
  return { file, resumeData, error }
}

const some = (resumeData: ResumeData | null): ResumeData => resumeData ?? expect.fail('there is no resume data')

async function expectWhole(session: URLSession, resumeData: unknown, file: RemoteFile): Promise<void> {
  const { file: got } = await session.download(resumeData as ResumeData)
  expect(await bytesOf(await got.blob())).toEqual(contentAt(95, 0, SIZE))
  expect(await rangesOf(file)).toEqual([null, `bytes=${AT}-`])
}

describe('resume data', () => {
  it('says what is there, with the error too, and holds neither path nor secret', async () => {
    const { resumeData, error, file } = await paused(makeSession())
    expect(resumeData).toMatchObject({
      kind: 'urlsession.download-resume-data',
      v: 1,
      url: file.url,
      method: 'GET',
      received: AT,
      total: SIZE,
      etag: file.etag,
      headers: [['x-kind', 'film']],
    })
    expect(error).toMatchObject({ code: 'cancelled', resumeData, bytesTransferred: AT })
    expect(JSON.stringify(resumeData)).not.toMatch(/secret|\/tmp|urlsession-session/)
  })

  it.each<[string, (resumeData: ResumeData) => unknown]>([
    ['as it is', (resumeData) => resumeData],
    ['as a structured clone', (resumeData) => structuredClone(resumeData)],
    ['as JSON', (resumeData) => JSON.parse(JSON.stringify(resumeData)) as unknown],
  ])('is gone on with %s, its own headers with it', async (_name, form) => {
    const session = makeSession()
    const { resumeData, file } = await paused(session)
    await expectWhole(session, form(some(resumeData)), file)
    expect((await file.requests())[1]?.headers['x-kind']).toBe('film')
  })

  it('tells a delegate first where it goes on', async () => {
    const session = makeSession()
    const { resumeData } = await paused(session)
    const calls: unknown[] = []
    const task = session.downloadTask(some(resumeData), {
      delegate: {
        didResumeAtOffset: (_task, ...at) => void calls.push(at),
        didWriteData: () => void calls.push('written'),
      },
    })
    await task.resume().finished
    expect(calls.slice(0, 2)).toEqual([[AT, SIZE], 'written'])
  })

  it('can be used in another session of the same kind', async () => {
    const { resumeData, file } = await paused(makeSession())
    await expectWhole(makeSession(), resumeData, file)
  })

  it('can be used after its session has ended', async () => {
    const session = makeSession()
    const { resumeData, file } = await paused(session)
    await session.close()
    await expectWhole(makeSession(), resumeData, file)
  })

  it('of which nobody knows the bytes any more starts from zero', async () => {
    const gone = makeSession(SessionConfiguration.ephemeral())
    const { resumeData } = await paused(gone)
    await gone.close()
    const { file } = await makeSession().download(some(resumeData))
    expect(await bytesOf(await file.blob())).toEqual(contentAt(95, 0, SIZE))
  })

  it('of bytes that another session holds is refused, and they stay as they are', async () => {
    const holder = makeSession(SessionConfiguration.ephemeral())
    const { resumeData } = await paused(holder)
    await expect(makeSession().download(some(resumeData))).rejects.toMatchObject({ code: 'badResumeData' })
    const { file } = await holder.download(some(resumeData))
    expect(await bytesOf(await file.blob())).toEqual(contentAt(95, 0, SIZE))
  })

  it('can be used once in a session, and the error says so', async () => {
    const session = makeSession()
    const { resumeData, file } = await paused(session)
    const first = session.downloadTask(some(resumeData))
    const again = (): unknown => session.downloadTask(some(resumeData))
    expect(again).toThrow(expect.objectContaining({ code: 'badResumeData', url: file.url, phase: 'setup' }))
    expect(again).toThrow(/used before/)
    await first.resume().finished
    expect(again).toThrow(/used before/)
  })

  it('can be used once over all sessions', async () => {
    const [one, other] = [makeSession(), makeSession()]
    // The other one runs already: what it knows of used resume data is from before.
    await other.download((await serve('warm.bin', { size: 1 })).url)
    const { resumeData, file } = await paused(one)
    await one.download(some(resumeData))
    await expect(other.download(some(resumeData))).rejects.toMatchObject({ code: 'badResumeData' })
    await expect(makeSession().download(some(resumeData))).rejects.toMatchObject({ code: 'badResumeData' })
    expect(await file.requests()).toHaveLength(2)
  })

  it('is made anew by each cancel, and the old one is of no use then', async () => {
    const session = makeSession()
    const { resumeData, file } = await paused(session)
    await file.behave({ stallAfter: 100_000 })
    const task = session.downloadTask(some(resumeData)).resume()
    await reached(task, AT + 100_000)
    const next = some(await task.cancelProducingResumeData())
    expect(next.received).toBe(AT + 100_000)
    expect(next.token).not.toBe(resumeData?.token)
    await file.behaveWell()
    const { file: got } = await session.download(next)
    expect(await bytesOf(await got.blob())).toEqual(contentAt(95, 0, SIZE))
  })

  it('is given back by a task that was never resumed', async () => {
    const session = makeSession()
    const { resumeData, file } = await paused(session)
    const idle = session.downloadTask(some(resumeData))
    const back = await idle.cancelProducingResumeData()
    expect(back).toEqual(resumeData)
    await expectWhole(session, back, file)
  })

  it('comes with the error of a download that gave up', async () => {
    const file = await serve('gave-up.bin', { size: SIZE, seed: 95 })
    await file.nextResponses([{ stallAfter: AT }])
    const session = makeSession({ retry: { ...quick.retry, attempts: 2 } })
    const task = session.downloadTask(file.url).resume()
    await reached(task, AT)
    await file.behave({ beforeHead: 'reset' })
    await breakAt(task, file, AT)
    const error = (await rejection(task.finished)) as URLError
    await file.behaveWell()
    expect(error.resumeData).toMatchObject({ received: AT, total: SIZE })
    const { file: got } = await session.download(some(error.resumeData))
    expect(await bytesOf(await got.blob())).toEqual(contentAt(95, 0, SIZE))
  })

  it('starts over when the file has changed in between', async () => {
    const session = makeSession()
    const { resumeData, file } = await paused(session)
    await file.change({ seed: 96 })
    const { file: got } = await session.download(some(resumeData))
    expect(await bytesOf(await got.blob())).toEqual(contentAt(96, 0, SIZE))
  })

  it('keeps the integrity that was asked for', async () => {
    const file = await serve('checked.bin', { size: SIZE, seed: 97, stallAfter: AT, corruptAt: SIZE - 1 })
    const { sri: integrity } = await file.sha256()
    const session = makeSession()
    const task = session.downloadTask(file.url, { integrity }).resume()
    await reached(task, AT)
    const resumeData = some(await task.cancelProducingResumeData())
    await file.behave({ stallAfter: null })
    await expect(session.download(resumeData)).rejects.toMatchObject({ code: 'fileIntegrityMismatch' })
  })
})
