/** How a session ends: by itself once its tasks are done, or at once; told to its delegate last, and once. */
import { URLSession, type SessionDelegate } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { Recorder } from '../../../testing/src/recorder.ts'
import { makeSession, origin, reached, rejection, serve } from '../support/session.ts'

function recorded() {
  const recorder = new Recorder<SessionDelegate>()
  return { recorder, session: makeSession(undefined, recorder.delegate) }
}

const refused = expect.objectContaining({ code: 'sessionInvalid', phase: 'setup', retryable: false })

describe('finishTasksAndInvalidate', () => {
  it('lets running tasks finish, and then ends the session', async () => {
    const file = await serve('running.bin', { size: 600_000, stallAfter: 200_000 })
    const { recorder, session } = recorded()
    const task = session.downloadTask(file.url).resume()
    await reached(task, 200_000)
    session.finishTasksAndInvalidate()
    expect(task.state).toBe('running')
    await file.releaseStalls()
    const { file: got } = await task.finished
    expect(got.size).toBe(600_000)
    await recorder.when('didBecomeInvalid')
    expect(recorder.of('didBecomeInvalid').map(({ args }) => args)).toEqual([[null]])
    expect(recorder.calls.at(-1)?.method).toBe('didBecomeInvalid')
    await session.close()
    expect(session.delegate).toBe(null)
    recorder.verify()
  })

  it('cancels what was never resumed', async () => {
    const { recorder, session } = recorded()
    const task = session.downloadTask((await serve('idle.bin', { size: 10 })).url)
    session.finishTasksAndInvalidate()
    await expect(task.finished).rejects.toMatchObject({ code: 'cancelled' })
    await recorder.when('didBecomeInvalid')
    recorder.verify()
  })

  it('takes no new tasks from then on', async () => {
    const file = await serve('busy.bin', { size: 600_000, stallAfter: 200_000 })
    const session = makeSession()
    const task = session.downloadTask(file.url).resume()
    await reached(task, 200_000)
    session.finishTasksAndInvalidate()
    expect(() => session.downloadTask(file.url)).toThrow(refused)
    expect(() => session.downloadTask(file.url)).toThrow(/make a new session/)
    await expect(session.download(file.url)).rejects.toEqual(refused)
    // The one that runs is still there, and can be paused and go on.
    expect(await session.tasks()).toEqual([task])
    task.suspend()
    await file.releaseStalls()
    task.resume()
    await task.finished
    expect(await session.tasks()).toEqual([])
  })

  it('ends a session without tasks at once', async () => {
    const { recorder, session } = recorded()
    session.finishTasksAndInvalidate()
    session.finishTasksAndInvalidate()
    await recorder.when('didBecomeInvalid')
    await session.close()
    expect(recorder.names()).toEqual(['didBecomeInvalid'])
    expect(session.delegate).toBe(null)
  })

  it('gives way to a cancel that comes after it', async () => {
    const file = await serve('hurried.bin', { size: 600_000, stallAfter: 200_000 })
    const { recorder, session } = recorded()
    const task = session.downloadTask(file.url).resume()
    await reached(task, 200_000)
    session.finishTasksAndInvalidate()
    session.invalidateAndCancel()
    await expect(task.finished).rejects.toMatchObject({ code: 'cancelled' })
    await session.close()
    expect(recorder.of('didBecomeInvalid')).toHaveLength(1)
    recorder.verify()
  })
})

describe('invalidateAndCancel', () => {
  it('cancels every task, running, paused, waiting or idle, and ends the session after all of them', async () => {
    const file = await serve('many.bin', { size: 600_000, stallAfter: 100_000 })
    const recorder = new Recorder<SessionDelegate>()
    const session = makeSession({ connectionsPerHost: 2 }, recorder.delegate)
    const tasks = [1, 2, 3, 4].map(() => session.downloadTask(file.url))
    const [running, paused, waiting, idle] = tasks as [
      (typeof tasks)[0],
      (typeof tasks)[0],
      (typeof tasks)[0],
      (typeof tasks)[0],
    ]
    running.resume()
    paused.resume()
    await reached(running, 100_000)
    await reached(paused, 100_000)
    paused.suspend()
    waiting.resume()
    session.invalidateAndCancel()
    expect(tasks.map(({ state }) => state)).toEqual(Array(4).fill('canceling'))
    expect(await session.tasks()).toEqual([])
    for (const task of tasks) {
      const error = await rejection(task.finished)
      expect(error).toMatchObject({ code: 'cancelled', number: -999, url: file.url })
    }
    await session.close()
    expect(recorder.of('didComplete')).toHaveLength(4)
    expect(recorder.of('didBecomeInvalid')).toHaveLength(1)
    expect(recorder.calls.at(-1)).toMatchObject({ method: 'didBecomeInvalid', args: [null] })
    recorder.verify()
    expect(idle.resume().state).toBe('completed')
    expect(await session.tasks()).toEqual([])
  })

  it('makes a leftover task’s resume ask for nothing', async () => {
    const file = await serve('leftover.bin', { size: 10 })
    const session = makeSession()
    const task = session.downloadTask(file.url)
    session.invalidateAndCancel()
    task.resume()
    await rejection(task.finished)
    task.resume()
    await session.close()
    expect(() => session.downloadTask(file.url)).toThrow(refused)
    expect(await file.requests()).toEqual([])
  })

  it('ends the connections', async () => {
    const file = await serve('open.bin', { size: 600_000, stallAfter: 100_000 })
    const session = makeSession()
    await reached(session.downloadTask(file.url).resume(), 100_000)
    session.invalidateAndCancel()
    await origin.when({ file: file.name, aborted: true })
  })

  it('can be called from a delegate', async () => {
    const { url } = await serve('inside.bin', { size: 1000 })
    const invalid = Promise.withResolvers<void>()
    const session = makeSession(undefined, {
      didFinishDownloading: () => session.invalidateAndCancel(),
      didBecomeInvalid: () => invalid.resolve(),
    })
    const task = session.downloadTask(url).resume()
    await task.finished.catch(() => {})
    expect(task.state).toBe('completed')
    await invalid.promise
  })
})

describe('a session that has ended', () => {
  it('is let go of by `close()`, which resolves after the last call, also the second time', async () => {
    const file = await serve('closing.bin', { size: 600_000, stallAfter: 100_000 })
    const calls: string[] = []
    const session = makeSession(undefined, {
      didBecomeInvalid: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        calls.push('didBecomeInvalid is through')
      },
    })
    const task = session.downloadTask(file.url).resume()
    await reached(task, 100_000)
    await Promise.all([session.close(), session.close()])
    expect(calls).toEqual(['didBecomeInvalid is through'])
    expect(task.state).toBe('completed')
    await session.close()
    expect(calls).toHaveLength(1)
  })

  it('is one that `await using` has left', async () => {
    const file = await serve('using.bin', { size: 600_000, stallAfter: 100_000 })
    const left: URLSession[] = []
    {
      await using session = makeSession()
      left.push(session)
      await reached(session.downloadTask(file.url).resume(), 100_000)
    }
    expect(() => left[0]?.downloadTask(file.url)).toThrow(refused)
    await origin.when({ file: file.name, aborted: true })
  })

  it('flushes, and tells of itself, without complaint', async () => {
    const session = makeSession()
    await session.close()
    await session.flush()
    expect(await session.tasks()).toEqual([])
    expect(session.capabilities.redirects).toMatch(/each-hop|final-only/)
    expect(session.configuration.kind).toBe('default')
  })
})

describe('the shared session', () => {
  it('is one, has no delegate, and does not end', async () => {
    const { url } = await serve('shared.bin', { size: 1000 })
    const { shared } = URLSession
    expect(URLSession.shared).toBe(shared)
    expect(shared.delegate).toBe(null)
    shared.finishTasksAndInvalidate()
    shared.invalidateAndCancel()
    await shared.close()
    const { file } = await shared.download(url)
    expect((await file.blob()).size).toBe(1000)
    await file.remove()
  })
})
