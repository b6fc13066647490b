/** A delegate that throws, or rejects, fails its task and nothing else, and says what it threw. */
import type { URLError, SessionDelegate, TaskDelegateMethod } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { breakAt, makeSession, origin, quick, rejection, serve, unique } from '../support/session.ts'
import { uncaught } from '../support/uncaught.ts'

const cause = new RangeError('the delegate’s own trouble')
const throwing = (): never => {
  throw cause
}
const rejecting = async (): Promise<never> => throwing()

describe('a delegate that throws fails its task', () => {
  const methods: TaskDelegateMethod[] = [
    'didCreateTask',
    'didResumeAtOffset',
    'didWriteData',
    'didWarn',
    'didFinishDownloading',
    'didFinishCollectingMetrics',
  ]
  it.each(
    methods.flatMap((method) => [
      { method, how: throwing },
      { method, how: rejecting },
    ]),
  )('in $method ($how.name)', async ({ method, how }) => {
    const file = await serve('thrown.bin', { size: 600_000 })
    await file.nextResponses([{ stallAfter: 100_000 }])
    const completions: (URLError | null)[] = []
    const session = makeSession(quick, {
      [method]: how,
      didComplete: (_task, error) => void completions.push(error),
    } satisfies SessionDelegate)
    const task = session.downloadTask(file.url).resume()
    // Where the delegate has ended the task already, there is nothing to break.
    await breakAt(task, file, 100_000).catch(() => {})
    const error = await rejection(task.finished)
    expect(error).toMatchObject({ code: 'delegateFailed', url: file.url, phase: 'delivery', retryable: false })
    expect((error as URLError).cause).toBe(cause)
    expect(completions).toEqual([error])
    expect(task).toMatchObject({ state: 'completed', error })
    expect(await session.tasks()).toEqual([])
  })

  it('before it started, without a request', async () => {
    const file = await serve('never.bin', { size: 1000 })
    const task = makeSession(undefined, { didCreateTask: throwing }).downloadTask(file.url).resume()
    await expect(task.finished).rejects.toMatchObject({ code: 'delegateFailed' })
    expect(await file.requests()).toEqual([])
  })

  it('whatever kind it is, and says so also to whoever fetches', async () => {
    const session = makeSession({ retry: { attempts: 1 } }, { didReceiveChallenge: throwing })
    const url = `${origin.url}/basic/ada/${unique('s3cret')}`
    const failed = { code: 'delegateFailed', cause }
    expect(await rejection(session.data(url))).toMatchObject(failed)
    expect(await rejection(session.download(url))).toMatchObject(failed)
    expect(await rejection(session.upload({ url, method: 'PUT' }, 'body'))).toMatchObject(failed)
    expect(await rejection(session.fetch(url))).toMatchObject({ name: 'TypeError', cause: failed })
    expect(await rejection(session.bytes(url))).toMatchObject(failed)
  })

  it('and leaves the session’s other tasks alone', async () => {
    const [bad, good] = [await serve('bad.bin', { size: 1000 }), await serve('good.bin', { size: 1000 })]
    const session = makeSession(undefined, {
      didFinishDownloading: (task) => (task.originalRequest.url === bad.url ? throwing() : undefined),
    })
    const tasks = [bad, good].map(({ url }) => session.downloadTask(url).resume())
    await expect(tasks[0]?.finished).rejects.toMatchObject({ code: 'delegateFailed' })
    expect((await tasks[1]?.finished)?.file.size).toBe(1000)
  })

  it('and its file goes, kept or not asked for', async () => {
    const { url } = await serve('lost.bin', { size: 1000 })
    const session = makeSession(undefined, { didFinishDownloading: throwing })
    await rejection(session.downloadTask(url).resume().finished)
    const { file } = await session.download(url)
    expect((await file.blob()).size).toBe(1000)
  })
})

describe('what no task can carry any more is shown as an uncaught error', () => {
  it('from didComplete, after which `finished` settles all the same', async () => {
    const { url } = await serve('complete.bin', { size: 1000 })
    const shown = uncaught()
    const session = makeSession(undefined, { didComplete: rejecting })
    const { file } = await session.downloadTask(url).resume().finished
    expect(file.size).toBe(1000)
    expect(await shown).toBe(cause)
  })

  it('from didBecomeInvalid, after which the session is closed all the same', async () => {
    const shown = uncaught()
    const session = makeSession(undefined, { didBecomeInvalid: rejecting })
    await session.close()
    expect(session.delegate).toBe(null)
    expect(await shown).toBe(cause)
  })

  it('from who listens to a task, which goes on', async () => {
    const { url } = await serve('heard.bin', { size: 300_000 })
    const shown = uncaught()
    const task = makeSession().downloadTask(url)
    const stop = task.subscribe(() => {
      stop()
      throwing()
    })
    expect((await task.resume().finished).file.size).toBe(300_000)
    expect(await shown).toBe(cause)
  })

  it('from who listens to its progress, which goes on', async () => {
    const { url } = await serve('heard.bin', { size: 300_000 })
    const shown = uncaught()
    const task = makeSession().downloadTask(url)
    const stop = task.progress.subscribe(() => {
      stop()
      throwing()
    })
    expect((await task.resume().finished).file.size).toBe(300_000)
    expect(await shown).toBe(cause)
  })
})
