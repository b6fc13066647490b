/** What is left of tasks that are over: nothing, counted on the heap and among what keeps a process alive. */
import { describe, expect, it } from 'vitest'
import { DataLoad } from '../../src/loading/data-load.ts'
import { URLResponse } from '../../src/model/response.ts'
import { DataRun } from '../../src/session/data-run.ts'
import { DataTask } from '../../src/session/data-task.ts'
import { DownloadTask } from '../../src/session/download-task.ts'
import { TransferRun } from '../../src/session/transfer-run.ts'
import { UploadTask } from '../../src/session/upload-task.ts'
import { makeSession, origin, quick, reached, serve } from '../support/session.ts'
import { counted, grown } from './support/heap.ts'

const kinds = { DataTask, DataLoad, DataRun, DownloadTask, UploadTask, TransferRun, URLResponse, AbortSignal, Request }

describe('a session has nothing left', () => {
  it('of three hundred downloads and uploads, finished, failed and cancelled', async () => {
    const session = makeSession(quick)
    const { url } = await serve('small.bin', { size: 100 })
    const stalls = await serve('stalls.bin', { size: 1000, stallAfter: 500 })
    const cycle = async (index: number): Promise<void> => {
      const kind = index % 3
      if (kind === 0) await (await session.download(url)).file.remove()
      else if (kind === 1) await session.upload(`${origin.url}/sink`, 'a body')
      else {
        const task = session.downloadTask(stalls.url).resume()
        await reached(task, 500)
        task.cancel()
        await task.finished.catch(() => {})
      }
    }
    for (let index = 0; index < 30; index++) await cycle(index)
    const before = counted(kinds)
    for (let index = 0; index < 300; index++) await cycle(index)
    expect(await session.tasks()).toEqual([])
    expect(await grown(before, kinds)).toEqual([])
  })

  it('of a thousand rounds of three requests at once, nor open handles', async () => {
    const session = makeSession(quick)
    const { url } = await serve('tiny.bin', { size: 10 })
    const round = (): Promise<unknown> => Promise.all([session.data(url), session.data(url), session.data(url)])
    for (let index = 0; index < 50; index++) await round()
    const before = counted(kinds)
    const handles = process.getActiveResourcesInfo().length
    for (let index = 0; index < 1000; index++) await round()
    expect(await grown(before, kinds)).toEqual([])
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(handles + 3)
  })
})
