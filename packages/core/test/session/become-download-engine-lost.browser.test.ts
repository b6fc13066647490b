/** A data task became a download, and the engine that had its body dies: the next one goes on from the durable bytes. */
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { bytesOf, makeSession, origin, quick, rangesOf, reached, serve } from '../support/session.ts'
import type { DownloadTask } from 'urlsession'

describe('a data task that became a download', () => {
  it('outlives the worker that had its body', async () => {
    const file = await serve('orphaned.bin', { size: 900_000, seed: 61 })
    await file.nextResponses([{ stallAfter: 300_000 }])
    const workers: Worker[] = []
    const createWorker = (): Worker => {
      const worker = new Worker(new URL('../../src/entries/worker.ts', import.meta.url), { type: 'module' })
      workers.push(worker)
      return worker
    }
    const became = Promise.withResolvers<DownloadTask>()
    const got = Promise.withResolvers<Uint8Array>()
    const session = makeSession(
      { ...quick, engine: { createWorker } },
      {
        didReceiveResponse: () => 'becomeDownload',
        didBecomeDownloadTask: (_data, download) => became.resolve(download),
        didFinishDownloading: async (_task, downloaded) => got.resolve(await bytesOf(await downloaded.blob())),
      },
    )
    session.dataTask(file.url).resume()
    const download = await became.promise
    await reached(download, 300_000)
    await session.flush()
    workers[0]?.terminate()
    await download.finished
    expect(await got.promise).toEqual(contentAt(61, 0, 900_000))
    expect(await rangesOf(file)).toEqual([null, 'bytes=300000-'])
    expect(workers).toHaveLength(2)
    await origin.when({ file: file.name, aborted: true })
  })
})
