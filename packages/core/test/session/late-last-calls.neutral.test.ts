/** A delegate that never ends a task's last calls keeps that task, and no longer its session, from ending: `close()` waits a second for it. */
import type { AnyTask, SessionDelegate, URLSession } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { Recorder } from '../../../testing/src/recorder.ts'
import { makeSession, origin, rejection, serve, unique, until } from '../support/session.ts'
import { echoURL, textOf, turns } from './support/data.ts'

const never = (): Promise<never> => new Promise(() => {})
const once = { retry: { attempts: 1 } } as const

/** A session whose delegate hears all it needs, and is asked in vain by this one method. */
function mute(method: keyof SessionDelegate) {
  const recorder = new Recorder<SessionDelegate>({
    answers: { [method]: never },
    only: [method, 'didComplete', 'didBecomeInvalid'],
    slow: false,
  })
  return { recorder, session: makeSession(once, recorder.delegate) }
}

const kinds: Record<AnyTask['kind'], (session: URLSession) => Promise<AnyTask>> = {
  data: async (session) => session.dataTask(echoURL),
  download: async (session) => session.downloadTask((await serve('last.bin', { size: 1000 })).url),
  upload: async (session) => session.uploadTask(`${origin.url}/echo`, 'abc'),
  webSocket: async (session) => {
    const task = session.webSocketTask(origin.socket({}))
    void task.send('hello').then(() => task.close())
    return task
  },
}

describe('a session whose delegate never ends', () => {
  it.each<[keyof SessionDelegate, AnyTask['kind']]>([
    ['didFinishDownloading', 'download'],
    ['didReceiveResponse', 'upload'],
    ['didReceiveData', 'upload'],
    ...(['data', 'download', 'upload', 'webSocket'] as const).flatMap(
      (kind): [keyof SessionDelegate, AnyTask['kind']][] => [
        ['didFinishCollectingMetrics', kind],
        ['didComplete', kind],
      ],
    ),
    ['didClose', 'webSocket'],
  ])('%s of a task (%s) can be closed, before it is late and after', async (method, kind) => {
    for (const waits of [false, true]) {
      const { recorder, session } = mute(method)
      const task = (await kinds[kind](session)).resume()
      await recorder.when(method)
      if (waits) await until(task, () => task.warnings.some(({ code }) => code === 'delegateLate'))
      await session.close()
      expect(recorder.calls.at(-1)?.method).toBe('didBecomeInvalid')
      recorder.verify({ unfinished: true })
    }
  })

  it('didFinishDownloading of a download that was a data task can be closed', async () => {
    const recorder = new Recorder<SessionDelegate>({
      answers: { didReceiveResponse: () => 'becomeDownload', didFinishDownloading: never },
      slow: false,
    })
    const session = makeSession(once, recorder.delegate)
    session.dataTask((await serve('became.bin', { size: 1000 })).url).resume()
    await recorder.when('didFinishDownloading')
    await session.close()
    expect(recorder.calls.at(-1)?.method).toBe('didBecomeInvalid')
  })

  it('didBecomeInvalid can be closed', async () => {
    const { recorder, session } = mute('didBecomeInvalid')
    await session.data(echoURL)
    await session.close()
    expect(recorder.of('didBecomeInvalid')).toHaveLength(1)
  })

  it.each(['data', 'download', 'upload'] as const)(
    'didWarn, while all of a %s task has come, can be closed: it ends as it went',
    async (kind) => {
      const { recorder, session } = mute('didWarn')
      const request = {
        url: `${origin.url}/echo?${unique('warned')}`,
        headers: { 'transfer-encoding': 'chunked', te: 'x' },
      }
      const task =
        kind === 'upload'
          ? session.uploadTask(request, 'a')
          : kind === 'data'
            ? session.dataTask(request)
            : session.downloadTask(request)
      task.resume()
      await recorder.when('didWarn')
      await origin.when({ url: request.url.slice(origin.url.length), ended: true })
      await turns()
      await session.close()
      await task.finished.catch(() => {})
      expect(recorder.of('didComplete')).toHaveLength(1)
    },
  )
})

describe('the end of a session', () => {
  it.each(['didFinishDownloading', 'didFinishCollectingMetrics', 'didComplete', 'didBecomeInvalid'] as const)(
    'may be waited for in %s',
    async (method) => {
      const closed = Promise.withResolvers<void>()
      const recorder = new Recorder<SessionDelegate>({
        answers: { [method]: () => session.close().then(closed.resolve) },
        slow: false,
      })
      const session = makeSession(once, recorder.delegate)
      const task = session.downloadTask((await serve('closed.bin', { size: 1000 })).url).resume()
      if (method === 'didBecomeInvalid') void task.finished.then(() => session.close())
      await closed.promise
      await task.finished.catch(() => {})
      expect(task.state).toBe('completed')
    },
  )

  it('comes after all that was to be told of its tasks, but for what is late', async () => {
    const { recorder, session } = mute('didWarn')
    const answer = Promise.withResolvers<void>()
    const delegate: SessionDelegate = {
      didComplete: (task) => (task === held ? answer.promise : undefined),
    }
    const held = session.dataTask(echoURL, { delegate }).resume()
    await until(held, () => held.state === 'completed')
    const file = await serve('others.bin', { size: 1000, stallAfter: 500 })
    const others = Array.from({ length: 5 }, () => session.dataTask(file.url).resume())
    await session.close()
    for (const other of others) expect(await rejection(other.finished)).toMatchObject({ code: 'cancelled' })
    expect(recorder.of('didComplete')).toHaveLength(5)
    // Its own answer is its own all the same.
    answer.resolve()
    expect(textOf(await held.finished)).toContain('GET')
  })

  it('that lets its tasks finish waits for as long as they take', async () => {
    const invalid = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<void>()
    const order: string[] = []
    const session = makeSession(once, {
      didComplete: () => answer.promise.then(() => void order.push('answered')),
      didBecomeInvalid() {
        order.push('invalid')
        invalid.resolve()
      },
    })
    const task = session.dataTask(echoURL).resume()
    await until(task, () => task.state === 'completed')
    session.finishTasksAndInvalidate()
    await until(task, () => task.warnings.length > 0)
    answer.resolve()
    await invalid.promise
    expect(order).toEqual(['answered', 'invalid'])
  })
})
