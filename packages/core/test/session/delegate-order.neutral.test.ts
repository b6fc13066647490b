/** The calls a delegate gets, in their exact order, for every way a download can end. */
import { SessionConfiguration, type SessionDelegate } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { Recorder } from '../../../testing/src/recorder.ts'
import { breakAt, inNode, makeSession, quick, reached, rejection, serve } from '../support/session.ts'

const end = ['didFinishCollectingMetrics', 'didComplete']

function recorded(options?: ConstructorParameters<typeof Recorder<SessionDelegate>>[0]) {
  const recorder = new Recorder<SessionDelegate>(options)
  return { recorder, session: makeSession(SessionConfiguration.default(quick), recorder.delegate) }
}

describe('a delegate’s calls come in order', () => {
  it('for a success, and `finished` settles after the last has', async () => {
    const file = await serve('success.bin', { size: 200_000 })
    const calls: string[] = []
    const { recorder, session } = recorded({
      answers: {
        didComplete: async () => {
          await new Promise((resolve) => setTimeout(resolve, 20))
          calls.push('didComplete is through')
        },
      },
    })
    const task = session.downloadTask(file.url).resume()
    await task.finished.then(() => calls.push('finished'))
    expect(calls).toEqual(['didComplete is through', 'finished'])
    const names = recorder.names().map((name) => name.replace('*', ''))
    expect(names).toEqual(['didCreateTask', 'didWriteData', 'didFinishDownloading', ...end])
    expect(recorder.of('didComplete')[0]?.args).toEqual([null])
    expect(recorder.of('didFinishCollectingMetrics')[0]?.args).toEqual([task.metrics])
    recorder.verify()
  })

  it('for a 404, whose body is a file like any other', async () => {
    const file = await serve('missing.bin', { size: 10, status: 404, text: 'There is no such thing.' })
    const { recorder, session } = recorded()
    await session.downloadTask(file.url).resume().finished
    const names = recorder.names().map((name) => name.replace('*', ''))
    expect(names).toEqual(['didCreateTask', 'didWriteData', 'didFinishDownloading', ...end])
    expect(recorder.of('didComplete')[0]?.args).toEqual([null])
    recorder.verify()
  })

  it('for an empty file, of which nothing is written', async () => {
    const file = await serve('empty.bin', { size: 0 })
    const { recorder, session } = recorded()
    await session.downloadTask(file.url).resume().finished
    expect(recorder.names()).toEqual(['didCreateTask', 'didFinishDownloading', ...end])
    recorder.verify()
  })

  it('for a failure', async () => {
    const file = await serve('dead.bin', { size: 10, beforeHead: 'reset' })
    const recorder = new Recorder<SessionDelegate>()
    const session = makeSession({ retry: { attempts: 1 } }, recorder.delegate)
    const task = session.downloadTask(file.url).resume()
    const error = await rejection(task.finished)
    expect(recorder.names()).toEqual(['didCreateTask', ...end])
    expect(recorder.of('didComplete')[0]?.args).toEqual([error])
    expect(task).toMatchObject({ error, state: 'completed' })
    recorder.verify()
  })

  it('for a cancel in the middle', async () => {
    const file = await serve('cancelled.bin', { size: 900_000, stallAfter: 300_000 })
    const { recorder, session } = recorded()
    const task = session.downloadTask(file.url).resume()
    await reached(task, 300_000)
    task.cancel()
    const error = await rejection(task.finished)
    expect(error).toMatchObject({ code: 'cancelled' })
    expect(recorder.names().filter((name) => !name.startsWith('didWriteData'))).toEqual(['didCreateTask', ...end])
    recorder.verify()
  })

  it('for a cancel before the first resume', async () => {
    const { recorder, session } = recorded()
    const task = session.downloadTask((await serve('unasked.bin', { size: 10 })).url)
    expect(recorder.names()).toEqual(['didCreateTask'])
    task.cancel()
    await rejection(task.finished)
    expect(recorder.names()).toEqual(['didCreateTask', ...end])
    recorder.verify()
  })

  it('for a connection that breaks and is taken up again', async () => {
    const file = await serve('broken.bin', { size: 900_000 })
    await file.nextResponses([{ stallAfter: 300_000 }])
    const { recorder, session } = recorded()
    const task = session.downloadTask(file.url).resume()
    await breakAt(task, file, 300_000)
    await task.finished
    const names = recorder.names().map((name) => name.replace('*', ''))
    expect(names).toEqual(
      ['didCreateTask', 'didWriteData', 'didWarn', 'didResumeAtOffset', 'didWriteData', 'didFinishDownloading'].concat(
        end,
      ),
    )
    expect(recorder.of('didResumeAtOffset')[0]?.args).toEqual([300_000, 900_000])
    expect(recorder.of('didWarn')[0]?.args).toMatchObject([{ code: 'retrying' }])
    recorder.verify()
  })

  it('of several tasks one after another, though each takes its time', async () => {
    const { recorder, session } = recorded()
    const files = await Promise.all(['a', 'b', 'c', 'd'].map((name) => serve(name, { size: 400_000 })))
    const tasks = files.map(({ url }) => session.downloadTask(url).resume())
    await Promise.all(tasks.map((task) => task.finished))
    for (const { identifier } of tasks) {
      const names = recorder.names(identifier).map((name) => name.replace('*', ''))
      expect(names).toEqual(['didCreateTask', 'didWriteData', 'didFinishDownloading', ...end])
    }
    recorder.verify()
  })

  it('for `session.download()`, whose promise hands over the file instead', async () => {
    const { recorder, session } = recorded()
    const promise = session.download((await serve('promised.bin', { size: 100_000 })).url)
    const { file } = await promise
    expect((await file.blob()).size).toBe(100_000)
    expect(recorder.names().map((name) => name.replace('*', ''))).toEqual(['didCreateTask', 'didWriteData', ...end])
    expect(promise.task.state).toBe('completed')
    recorder.verify()
  })
})

describe('what a delegate is told of metrics', () => {
  it('spans the task’s life, with one transaction for each request', async () => {
    const file = await serve('measured.bin', { size: 900_000 })
    await file.nextResponses([{ stallAfter: 300_000 }, { redirect: {} }])
    const before = Date.now()
    const task = makeSession(quick).downloadTask(file.url)
    expect(task.metrics).toBe(null)
    await breakAt(task.resume(), file, 300_000)
    await task.finished
    const { start, end: last, transactions, redirectCount } = task.metrics ?? expect.fail('there are no metrics')
    expect(start).toBeGreaterThanOrEqual(before)
    expect(last).toBeLessThanOrEqual(Date.now())
    expect(transactions).toMatchObject([
      { status: 200, from: 0, bytes: 300_000, error: 'networkConnectionLost' },
      // A browser follows redirects without showing them.
      ...(inNode ? [{ status: 302, bytes: 0, error: null }] : []),
      { status: 206, from: 300_000, bytes: 600_000, error: null },
    ])
    expect(redirectCount).toBe(1)
  })
})
