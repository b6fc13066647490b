/** A download from the caller's side, in Node and in a browser: promise, task and delegate on a real origin. */
import { SessionConfiguration, type DownloadTask, type SessionDelegate } from 'urlsession'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { describe, expect, it } from 'vitest'
import { bytesOf, makeSession, origin, unique } from '../support/session.ts'

describe('download', () => {
  it('resolves with a file whose bytes are the origin’s', async () => {
    const file = await origin.file(unique('whole.bin'), { size: 3_000_017, seed: 7 })
    const { file: got, response } = await makeSession().download(file.url)
    expect(response.status).toBe(200)
    expect(got.size).toBe(file.size)
    expect(got.name).toBe(file.url.split('/').at(-1))
    expect(await bytesOf(await got.blob())).toEqual(contentAt(7, 0, file.size))
  })

  it('calls its delegate in order, and the file is gone afterwards unless it was kept', async () => {
    const file = await origin.file(unique('ordered.bin'), { size: 200_000, seed: 8 })
    const calls: string[] = []
    const delegate: SessionDelegate = {
      didCreateTask: () => void calls.push('didCreateTask'),
      didWriteData: () => void (calls.at(-1) === 'didWriteData' || calls.push('didWriteData')),
      didFinishDownloading: async (_task, got) => {
        calls.push('didFinishDownloading')
        expect((await got.blob()).size).toBe(file.size)
      },
      didFinishCollectingMetrics: () => void calls.push('didFinishCollectingMetrics'),
      didComplete: (_task, error) => void calls.push(`didComplete ${error?.code ?? 'null'}`),
    }
    const task: DownloadTask = makeSession(SessionConfiguration.default(), delegate).downloadTask(file.url).resume()
    const { file: got } = await task.finished
    expect(calls).toEqual([
      'didCreateTask',
      'didWriteData',
      'didFinishDownloading',
      'didFinishCollectingMetrics',
      'didComplete null',
    ])
    await expect(got.blob()).rejects.toMatchObject({ code: 'fileDoesNotExist' })
  })

  it('goes on with resume data where it was cancelled', async () => {
    const file = await origin.file(unique('resumed.bin'), { size: 4_000_000, seed: 9, stallAfter: 1_000_000 })
    const one = makeSession()
    const task = one.downloadTask(file.url).resume()
    for await (const { completed } of task.progress) if (completed >= 1_000_000) break
    const resumeData = await task.cancelProducingResumeData()
    expect(resumeData?.received).toBe(1_000_000)
    await expect(task.finished).rejects.toMatchObject({ code: 'cancelled', name: 'AbortError' })
    await file.behaveWell()
    const { file: got } = await one.download(structuredClone(resumeData) as NonNullable<typeof resumeData>)
    expect(await bytesOf(await got.blob())).toEqual(contentAt(9, 0, file.size))
    expect((await file.requests()).map((entry) => entry.headers['range'])).toEqual([undefined, 'bytes=1000000-'])
    expect(() => one.downloadTask(resumeData as NonNullable<typeof resumeData>)).toThrow(
      expect.objectContaining({ code: 'badResumeData' }),
    )
  })
})
