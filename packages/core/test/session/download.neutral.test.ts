/** A download from the caller's side, in Node and in a browser: promise, task and delegate on a real origin. */
import { SessionConfiguration, URLSession, type DownloadTask, type SessionDelegate } from 'urlsession'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { remoteOrigin } from '../../../testing/src/origin/remote-origin.ts'
import { afterEach, describe, expect, inject, it } from 'vitest'

const origin = remoteOrigin(inject('origin'))
const open: URLSession[] = []
const session = (...given: ConstructorParameters<typeof URLSession>): URLSession => {
  const made = new URLSession(...given)
  open.push(made)
  return made
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

const bytesOf = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer())

describe('download', () => {
  it('resolves with a file whose bytes are the origin’s', async () => {
    const file = await origin.file('whole.bin', { size: 3_000_017, seed: 7 })
    const { file: got, response } = await session().download(file.url)
    expect(response.status).toBe(200)
    expect(got.size).toBe(file.size)
    expect(got.name).toBe('whole.bin')
    expect(await bytesOf(await got.blob())).toEqual(contentAt(7, 0, file.size))
  })

  it('calls its delegate in order, and the file is gone afterwards unless it was kept', async () => {
    const file = await origin.file('ordered.bin', { size: 200_000, seed: 8 })
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
    const task: DownloadTask = session(SessionConfiguration.default(), delegate).downloadTask(file.url).resume()
    const { file: got } = await task.finished
    expect(calls).toEqual(['didCreateTask', 'didWriteData', 'didFinishDownloading', 'didFinishCollectingMetrics', 'didComplete null'])
    await expect(got.blob()).rejects.toMatchObject({ code: 'fileDoesNotExist' })
  })

  it('goes on with resume data where it was cancelled', async () => {
    const file = await origin.file('resumed.bin', { size: 4_000_000, seed: 9, stallAfter: 1_500_000 })
    const one = session()
    const task = one.downloadTask(file.url).resume()
    for await (const { completed } of task.progress) if (completed >= 1_500_000) break
    const resumeData = await task.cancelProducingResumeData()
    expect(resumeData?.received).toBe(1_500_000)
    await expect(task.finished).rejects.toMatchObject({ code: 'cancelled', name: 'AbortError' })
    await file.behaveWell()
    const { file: got } = await one.download(structuredClone(resumeData) as NonNullable<typeof resumeData>)
    expect(await bytesOf(await got.blob())).toEqual(contentAt(9, 0, file.size))
    expect((await file.requests()).map((entry) => entry.headers['range'])).toEqual([undefined, 'bytes=1500000-'])
    expect(() => one.downloadTask(resumeData as NonNullable<typeof resumeData>)).toThrow(expect.objectContaining({ code: 'badResumeData' }))
  })
})
