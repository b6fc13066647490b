/** A task's own delegate: asked before the session's, method by method, and only where there can be one. */
import { SessionConfiguration, type SessionDelegate, type TaskDelegate } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { Recorder } from '../../../testing/src/recorder.ts'
import { makeSession, rejection, serve, unique } from '../support/session.ts'

const once = (recorder: Recorder<SessionDelegate>): string[] => recorder.names().map((name) => name.replace('*', ''))

describe('a task’s own delegate', () => {
  it('is asked instead of the session’s for what it implements, and for nothing else', async () => {
    const theSessions = new Recorder<SessionDelegate>()
    const theTasks = new Recorder<SessionDelegate>({ only: ['didFinishDownloading', 'didComplete'] })
    const { url } = await serve('both.bin', { size: 100_000 })
    const task = makeSession({}, theSessions.delegate).downloadTask(url, { delegate: theTasks.delegate })
    await task.resume().finished
    expect(once(theTasks)).toEqual(['didFinishDownloading', 'didComplete'])
    expect(once(theSessions)).toEqual(['didCreateTask', 'didWriteData', 'didFinishCollectingMetrics'])
  })

  it('leaves everything to the session’s when it is empty', async () => {
    const theSessions = new Recorder<SessionDelegate>()
    const { url } = await serve('empty-delegate.bin', { size: 100_000 })
    await makeSession({}, theSessions.delegate).downloadTask(url, { delegate: {} }).resume().finished
    expect(once(theSessions)).toEqual([
      'didCreateTask',
      'didWriteData',
      'didFinishDownloading',
      'didFinishCollectingMetrics',
      'didComplete',
    ])
  })

  it('can be set until the first resume, and is let go of at the end', async () => {
    const { url } = await serve('late.bin', { size: 1000 })
    const seen: string[] = []
    const delegate: TaskDelegate = { didComplete: () => void seen.push('didComplete') }
    const task = makeSession().downloadTask(url)
    expect(task.delegate).toBe(null)
    task.delegate = delegate
    expect(task.delegate).toBe(delegate)
    task.resume()
    expect(() => (task.delegate = null)).toThrow(/delegate.*before the first resume/)
    expect(task.delegate).toBe(delegate)
    await task.finished
    expect(seen).toEqual(['didComplete'])
    expect(task.delegate).toBe(null)
  })

  it('is told of a promised download too, but not handed its file', async () => {
    const theTasks = new Recorder<SessionDelegate>()
    const { url } = await serve('promised.bin', { size: 100_000 })
    await makeSession().download(url, { delegate: theTasks.delegate })
    expect(once(theTasks)).toEqual(['didCreateTask', 'didWriteData', 'didFinishCollectingMetrics', 'didComplete'])
  })

  it('is refused in a background session, whose tasks outlive it', async () => {
    const session = makeSession(SessionConfiguration.background(unique('delegates')))
    const { url } = await serve('background.bin', { size: 1000 })
    const refused = expect.objectContaining({ code: 'unsupportedByPlatform' })
    expect(() => session.downloadTask(url, { delegate: {} })).toThrow(refused)
    expect(() => session.downloadTask(url, { delegate: {} })).toThrow(/use the session’s delegate/)
    const task = session.downloadTask(url, { delegate: null })
    expect(() => (task.delegate = {})).toThrow(refused)
    expect(task.delegate).toBe(null)
  })
})

describe('a background session', () => {
  it('refuses promises, which do not outlive the page, and all but GET', async () => {
    const session = makeSession(SessionConfiguration.background(unique('promises')))
    const { url } = await serve('promise.bin', { size: 1000 })
    const refused = { code: 'unsupportedByPlatform', phase: 'setup', url }
    await expect(session.download(url)).rejects.toMatchObject(refused)
    expect(await rejection(session.download(url))).toMatchObject({ message: expect.stringContaining('downloadTask') })
    expect(() => session.downloadTask({ url, method: 'POST' })).toThrow(expect.objectContaining(refused))
    expect(await session.tasks()).toEqual([])
  })
})
