/** A data task whose delegate answers "becomeDownload": the body under way goes to a file, with one request and nothing lost. */
import { type DataTask, type DownloadTask, type SessionDelegate, type URLSession } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import type { FileOptions } from '../../../testing/src/origin/vocabulary.ts'
import { Recorder } from '../../../testing/src/recorder.ts'
import {
  breakAt,
  bytesOf,
  makeSession,
  origin,
  otherOrigin,
  quick,
  rangesOf,
  reached,
  rejection,
  serve,
  unique,
} from '../support/session.ts'
import { textOf, turns } from './support/data.ts'

const becomeDownload = (): 'becomeDownload' => 'becomeDownload'
const end = ['didFinishCollectingMetrics', 'didComplete']

interface Became {
  readonly session: URLSession
  readonly recorder: Recorder<SessionDelegate>
  /** Resolves when it has become one. */
  became(): Promise<DownloadTask>
}

function becoming(
  answers: Partial<SessionDelegate> = {},
  configuration: Parameters<typeof makeSession>[0] = quick,
  without: (keyof SessionDelegate)[] = [],
): Became {
  const recorder = new Recorder<SessionDelegate>({
    answers: { didReceiveResponse: becomeDownload, ...answers },
    without,
  })
  const session = makeSession(configuration, recorder.delegate)
  const became = async (): Promise<DownloadTask> =>
    (await recorder.when('didBecomeDownloadTask')).args[0] as DownloadTask
  return { session, recorder, became }
}

/** Where no delegate takes the file, it is the promise's. */
const becomingAlone = (configuration?: Parameters<typeof makeSession>[0]): Became =>
  becoming({}, configuration, ['didFinishDownloading'])

const fileOf = async (task: DownloadTask): Promise<Uint8Array> => bytesOf(await (await task.finished).file.blob())

const plain = (name: string): string => name.replace('*', '')

describe('a data task that becomes a download', () => {
  it('sends one request, and is told of in order', async () => {
    const file = await serve('becoming.bin', { size: 2_000_000, seed: 31 })
    const bytes = Promise.withResolvers<Uint8Array>()
    const { session, recorder, became } = becoming({
      didFinishDownloading: async (_task, got) => bytes.resolve(await bytesOf(await got.blob())),
    })
    const data = session.dataTask(file.url, { priority: 0.7, description: 'big', key: 'mine', metadata: { a: 1 } })
    const finished = data.resume().finished
    const download = await became()
    expect(download).toMatchObject({ identifier: 2, kind: 'download', key: 'mine', priority: 0.7, description: 'big' })
    expect(download.metadata).toEqual({ a: 1 })
    expect(download.originalRequest).toEqual(data.originalRequest)
    expect(download.response).toMatchObject({ status: 200, url: file.url, expectedContentLength: 2_000_000 })
    expect(data.state).toBe('completed')
    const { response } = await download.finished
    expect(response.status).toBe(200)
    expect(await bytes.promise).toEqual(contentAt(31, 0, 2_000_000))
    expect(recorder.names(1).map(plain)).toEqual(['didCreateTask', 'didReceiveResponse', 'didBecomeDownloadTask'])
    expect(recorder.names(2).map(plain)).toEqual(['didCreateTask', 'didWriteData', 'didFinishDownloading', ...end])
    const all = recorder.calls.map(({ method }) => method)
    expect(all.indexOf('didBecomeDownloadTask')).toBeLessThan(all.indexOf('didWriteData'))
    expect(await finished).toMatchObject({ data: new Uint8Array(), response: { status: 200 } })
    expect(await rangesOf(file)).toEqual([null])
    recorder.verify()
  })

  it('has progress from the first byte, and metrics of its own', async () => {
    const file = await serve('counted.bin', { size: 900_000, stallAfter: 300_000 })
    const { session, became } = becoming()
    session.dataTask(file.url).resume()
    const download = await became()
    await reached(download, 300_000)
    expect(download.progress.snapshot()).toMatchObject({ completed: 300_000, total: 900_000, fraction: 1 / 3 })
    await file.releaseStalls()
    await download.finished
    expect(download.progress.snapshot()).toMatchObject({ completed: 900_000, fraction: 1 })
    expect(download.metrics?.transactions).toMatchObject([{ status: 200, bytes: 900_000, from: 0, error: null }])
  })

  it.each(['reset', 'cut'] as const)('goes on from the last byte where its body breaks (%s)', async (how) => {
    const file = await serve('breaking.bin', { size: 2_000_000, seed: 32 })
    await file.nextResponses([{ stallAfter: 700_000 }])
    const { session, recorder, became } = becomingAlone()
    session.dataTask(file.url).resume()
    const download = await became()
    await breakAt(download, file, 700_000, how)
    expect(await fileOf(download)).toEqual(contentAt(32, 0, 2_000_000))
    expect(await rangesOf(file)).toEqual([null, 'bytes=700000-'])
    expect(recorder.of('didResumeAtOffset').map(({ args }) => args)).toEqual([[700_000, 2_000_000]])
    recorder.verify()
  })

  it('goes on where its body falls silent', async () => {
    const file = await serve('silent.bin', { size: 900_000, seed: 33 })
    await file.nextResponses([{ stallAfter: 300_000 }])
    const session = makeSession({ ...quick, timeout: { request: 400 } }, { didReceiveResponse: becomeDownload })
    const { finished } = session.dataTask(file.url).resume()
    expect((await finished).response.status).toBe(200)
    expect(await rangesOf(file)).toEqual([null, 'bytes=300000-'])
  })

  it('is whole where nobody takes the file but a promise', async () => {
    const file = await serve('promised.bin', { size: 500_000, seed: 34 })
    const { session, became } = becomingAlone()
    session.dataTask(file.url).resume()
    expect(await fileOf(await became())).toEqual(contentAt(34, 0, 500_000))
  })

  it('is asked for by adapters once, and again for what comes after', async () => {
    const file = await serve('adapted.bin', { size: 900_000, seed: 35 })
    await file.nextResponses([{ stallAfter: 300_000 }])
    let adapted = 0
    const adapters = [
      {
        adapt: (request: { url: string }) => {
          adapted += 1
          return { ...request, headers: { 'x-count': `${adapted}` } }
        },
      },
    ]
    const { session, became } = becoming({}, { ...quick, adapters })
    session.dataTask(file.url).resume()
    const download = await became()
    await reached(download, 300_000)
    expect(adapted).toBe(1)
    await breakAt(download, file, 300_000)
    await download.finished
    expect(adapted).toBe(2)
  })

  it('takes an error page as it is, as the delegate saw it', async () => {
    const failing = await serve('failing.bin', { size: 100, status: 503 })
    const { session, became } = becomingAlone()
    session.dataTask(failing.url, { retry: false }).resume()
    const { file, response } = await (await became()).finished
    expect([response.status, file.size > 0]).toEqual([503, true])
    expect((await failing.requests()).length).toBe(1)
  })

  it.each([
    ['', (name: string, options: FileOptions) => serve(name, options)],
    [' from another origin, which hides that', (name, options) => otherOrigin.file(unique(name), options)],
  ] as [string, typeof serve][])('is taken as it comes where it comes compressed%s', async (_where, from) => {
    const file = await from('coded.txt', { size: 900_000, seed: 40, encoding: 'gzip' })
    const { session, became } = becomingAlone()
    session.dataTask(file.url).resume()
    expect(await fileOf(await became())).toEqual(contentAt(40, 0, 900_000))
    expect(await file.requests()).toHaveLength(1)
  })

  it('is refused where there is more than maximumSize, when that shows', async () => {
    const file = await serve('long.bin', { size: 900_000, framing: 'chunked' })
    const { session, became } = becoming()
    const { finished } = session.dataTask(file.url, { maximumSize: 300_000 }).resume()
    const download = await became()
    expect(await rejection(download.finished)).toMatchObject({ code: 'dataLengthExceedsMaximum' })
    expect(await rejection(finished)).toBe(download.error)
  })

  it('comes from another origin, whose headers are hidden, all the same', async () => {
    const file = await otherOrigin.file(unique('foreign.bin'), { size: 900_000, seed: 37 })
    await file.nextResponses([{ stallAfter: 300_000 }])
    const { session, became } = becomingAlone()
    session.dataTask(file.url).resume()
    const download = await became()
    await breakAt(download, file, 300_000)
    expect(await fileOf(download)).toEqual(contentAt(37, 0, 900_000))
  })

  it('comes from a POST, which is not sent a second time', async () => {
    const file = await serve('posted.bin', { size: 900_000, stallAfter: 300_000 })
    const { session, became } = becoming()
    session.dataTask({ url: file.url, method: 'POST', body: 'report' }).resume()
    const download = await became()
    await breakAt(download, file, 300_000)
    expect(await rejection(download.finished)).toMatchObject({ code: 'networkConnectionLost' })
    expect((await file.requests()).filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  it('fails, and says why, where its body could not be sent again', async () => {
    const file = await serve('form.bin', { size: 900_000 })
    const { session } = becoming()
    const task = session.dataTask({ url: file.url, method: 'PUT', body: new Blob(['x']) }).resume()
    expect(await rejection(task.finished)).toMatchObject({
      code: 'delegateFailed',
      message: expect.stringContaining('a string or a buffer'),
    })
  })

  it('comes from a custom protocol', async () => {
    const protocols = [
      { accepts: ({ url }: { url: string }) => url.startsWith('own:'), load: () => new Response('own bytes') },
    ]
    const { session, became } = becomingAlone({ protocols })
    session.dataTask('own:thing').resume()
    expect(new TextDecoder().decode(await fileOf(await became()))).toBe('own bytes')
  })
})

describe('once a data task has become a download', () => {
  it('cancelling it does nothing, and cancelling the download ends the request', async () => {
    const file = await serve('cancelled.bin', { size: 900_000, stallAfter: 300_000 })
    const { session, recorder, became } = becoming()
    const data = session.dataTask(file.url).resume()
    const download = await became()
    data.cancel()
    await reached(download, 300_000)
    expect(download.state).toBe('running')
    download.cancel()
    expect(await rejection(download.finished)).toMatchObject({ code: 'cancelled' })
    expect(await rejection(data.finished)).toBe(download.error)
    await origin.when({ file: file.name, aborted: true })
    expect(await rangesOf(file)).toEqual([null])
    recorder.verify()
  })

  it('its signal is the download’s', async () => {
    const file = await serve('signalled.bin', { size: 900_000, stallAfter: 300_000 })
    const { session, became } = becoming()
    const controller = new AbortController()
    const { finished } = session.dataTask(file.url, { signal: controller.signal }).resume()
    await reached(await became(), 300_000)
    const reason = new Error('enough')
    controller.abort(reason)
    expect(await rejection(finished)).toBe(reason)
    await origin.when({ file: file.name, aborted: true })
  })

  it('the download can give resume data, and pauses like any other', async () => {
    const file = await serve('paused.bin', { size: 900_000, seed: 38, stallAfter: 300_000 })
    const { session, became } = becomingAlone()
    session.dataTask(file.url).resume()
    const download = await became()
    await reached(download, 300_000)
    download.suspend()
    const resumeData = await download.cancelProducingResumeData()
    expect(resumeData).toMatchObject({ received: 300_000 })
    await origin.when({ file: file.name, aborted: true })
    await file.behaveWell()
    expect(await fileOf(session.downloadTask(resumeData ?? '').resume())).toEqual(contentAt(38, 0, 900_000))
    expect(await rangesOf(file)).toEqual([null, 'bytes=300000-'])
  })

  it('a loop over it is refused', async () => {
    const file = await serve('looped.bin', { size: 1000 })
    const { session, became } = becoming()
    const task = session.dataTask(file.url).resume()
    await (
      await became()
    ).finished
    expect(await rejection(task[Symbol.asyncIterator]().next())).toBeInstanceOf(TypeError)
  })

  it('a session that takes no more tasks lets it finish', async () => {
    const file = await serve('finishing.bin', { size: 500_000 })
    const { session, recorder, became } = becoming({
      didReceiveResponse: () => {
        session.finishTasksAndInvalidate()
        return 'becomeDownload'
      },
    })
    session.dataTask(file.url).resume()
    await (
      await became()
    ).finished
    await recorder.when('didBecomeInvalid')
    expect(await rangesOf(file)).toEqual([null])
    recorder.verify()
  })
})

describe('didBecomeDownloadTask', () => {
  it('may cancel the download, which takes its request along', async () => {
    const file = await serve('refused.bin', { size: 900_000, stallAfter: 300_000 })
    const { session, became } = becoming({ didBecomeDownloadTask: (_data, download) => download.cancel() })
    session.dataTask(file.url).resume()
    expect(await rejection((await became()).finished)).toMatchObject({ code: 'cancelled' })
    await origin.when({ file: file.name, aborted: true })
  })

  it('may suspend it, and it waits with its body unread', async () => {
    const file = await serve('waiting.bin', { size: 500_000, seed: 39 })
    const { session, became, recorder } = becoming({
      didBecomeDownloadTask: (_data, download) => void download.suspend(),
    })
    session.dataTask(file.url).resume()
    const download = await became()
    await turns()
    expect(download.state).toBe('suspended')
    expect(recorder.of('didWriteData')).toEqual([])
    download.resume()
    await download.finished
    expect(await rangesOf(file)).toEqual([null])
  })

  it('that throws fails the download', async () => {
    const file = await serve('throwing.bin', { size: 900_000, stallAfter: 300_000 })
    const cause = new Error('the delegate is broken')
    const { session } = becoming({
      didBecomeDownloadTask() {
        throw cause
      },
    })
    expect(await rejection(session.dataTask(file.url).resume().finished)).toMatchObject({
      code: 'delegateFailed',
      cause,
    })
    await origin.when({ file: file.name, aborted: true })
  })
})

describe('didReceiveResponse', () => {
  it('answering "becomeDownload" while the task is suspended waits until it is not', async () => {
    const file = await serve('later.bin', { size: 500_000 })
    const { session, recorder, became } = becoming({
      didReceiveResponse: (task) => {
        task.suspend()
        return 'becomeDownload'
      },
    })
    const task = session.dataTask(file.url).resume()
    await recorder.when('didReceiveResponse')
    await turns(50)
    expect(recorder.of('didBecomeDownloadTask')).toEqual([])
    task.resume()
    await (
      await became()
    ).finished
  })

  it('is not asked where a promise takes the body', async () => {
    const { session, recorder } = becoming()
    expect(textOf(await session.data((await serve('data.txt', { body: 'whole' })).url))).toBe('whole')
    expect(recorder.of('didBecomeDownloadTask')).toEqual([])
  })

  it('cannot answer "becomeDownload" once a loop has begun', async () => {
    const file = await serve('both.bin', { size: 1000 })
    let loop: Promise<unknown> = Promise.resolve()
    const { session } = becoming({
      didReceiveResponse: (task: DataTask) => {
        loop = rejection(task[Symbol.asyncIterator]().next())
        return 'becomeDownload'
      },
    })
    const error = await rejection(session.dataTask(file.url).resume().finished)
    expect(error).toMatchObject({ code: 'delegateFailed', message: expect.stringContaining('a loop has begun') })
    expect(await loop).toBe(error)
  })

  it('answering "becomeDownload" to a task that was cancelled meanwhile makes none', async () => {
    const file = await serve('gone.bin', { size: 900_000, stallAfter: 1000 })
    const { session, recorder } = becoming({
      didReceiveResponse: (task) => {
        task.cancel()
        return 'becomeDownload'
      },
    })
    expect(await rejection(session.dataTask(file.url).resume().finished)).toMatchObject({ code: 'cancelled' })
    expect(recorder.of('didBecomeDownloadTask')).toEqual([])
    await origin.when({ file: file.name, aborted: true })
  })
})
