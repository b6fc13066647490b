/** What a delegate hears of data tasks, in what order, and what its answers do. */
import type { SessionDelegate, TaskDelegate } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { Recorder } from '../../../testing/src/recorder.ts'
import { bytesOf, inNode, makeSession, origin, quick, reached, rejection, serve } from '../support/session.ts'
import { textOf, turns } from './support/data.ts'

const end = ['didFinishCollectingMetrics', 'didComplete']
const names = (recorder: Recorder<SessionDelegate>, task?: number): string[] =>
  recorder.names(task).map((name) => name.replace('*', ''))

function recorded(options?: ConstructorParameters<typeof Recorder<SessionDelegate>>[0]) {
  const recorder = new Recorder<SessionDelegate>(options)
  return { recorder, session: makeSession(quick, recorder.delegate) }
}

/** The bytes a recorder was given, one after another. */
const received = (recorder: Recorder<SessionDelegate>): number[] =>
  recorder.of('didReceiveData').flatMap(({ args: [data] }) => [...(data as Uint8Array)])

describe('a delegate’s calls for a data task', () => {
  it('are made, response, data, metrics, complete; and the body is its own', async () => {
    const { url } = await serve('ordered.bin', { size: 200_000, seed: 4 })
    const { recorder, session } = recorded()
    const task = session.dataTask(url).resume()
    const { data, response } = await task.finished
    expect(names(recorder)).toEqual(['didCreateTask', 'didReceiveResponse', 'didReceiveData', ...end])
    expect(received(recorder)).toEqual([...contentAt(4, 0, 200_000)])
    expect(data.byteLength).toBe(0)
    expect(response.status).toBe(200)
    expect(recorder.of('didReceiveResponse')[0]?.args).toEqual([task.response])
    expect(recorder.of('didComplete')[0]?.args).toEqual([null])
    expect(recorder.of('didFinishCollectingMetrics')[0]?.args).toEqual([task.metrics])
    recorder.verify()
  })

  it('hold no data for HEAD, nor for an empty body', async () => {
    const { recorder, session } = recorded()
    const { url } = await serve('headed.bin', { size: 5000 })
    const head = session.dataTask({ url, method: 'HEAD' }).resume()
    expect((await head.finished).response.expectedContentLength).toBe(5000)
    const empty = session.dataTask((await serve('empty.bin', { size: 0 })).url).resume()
    expect((await empty.finished).response.expectedContentLength).toBe(0)
    for (const { identifier } of [head, empty])
      expect(names(recorder, identifier)).toEqual(['didCreateTask', 'didReceiveResponse', ...end])
    recorder.verify()
  })

  it('are for a failure only its end', async () => {
    const { url } = await serve('dead.bin', { size: 10, beforeHead: 'reset' })
    const { recorder, session } = recorded({ without: ['didWarn'] })
    const task = session.dataTask(url, { retry: false }).resume()
    const error = await rejection(task.finished)
    expect(names(recorder)).toEqual(['didCreateTask', ...end])
    expect(recorder.of('didComplete')[0]?.args).toEqual([error])
    expect(task.metrics?.transactions).toMatchObject([{ status: null, error: task.error?.code }])
    recorder.verify()
  })

  it('are, for a body that breaks off, the data that came, and one completion', async () => {
    const file = await serve('cut.bin', { size: 100, seed: 9, stallAfter: 5 })
    const { recorder, session } = recorded()
    const task = session.dataTask(file.url, { retry: false }).resume()
    await recorder.when('didReceiveData')
    await file.releaseStalls('cut')
    const error = await rejection(task.finished)
    expect(error).toMatchObject({ code: 'networkConnectionLost', number: -1005, bytesTransferred: 5, url: file.url })
    expect(received(recorder)).toEqual([...contentAt(9, 0, 5)])
    expect(recorder.of('didComplete').map(({ args }) => args)).toEqual([[error]])
    recorder.verify()
  })

  it('leave the answer out where a promise takes it, and nothing else', async () => {
    const { recorder, session } = recorded()
    const promise = session.data((await serve('promised.bin', { size: 100 })).url)
    expect((await promise).data.byteLength).toBe(100)
    const { url } = await serve('looped.bin', { size: 100 })
    const task = session.dataTask(url)
    let length = 0
    for await (const bytes of task) length += bytes.byteLength
    expect(length).toBe(100)
    await task.finished
    expect((await (await session.fetch(url)).arrayBuffer()).byteLength).toBe(100)
    await recorder.when('didComplete', (call) => call.task === 3)
    for (const identifier of [1, 2, 3]) expect(names(recorder, identifier)).toEqual(['didCreateTask', ...end])
    recorder.verify()
  })

  it('go to the session’s delegate where the task’s has no such method, method by method', async () => {
    const { recorder, session } = recorded()
    const heard: string[] = []
    const delegate: TaskDelegate = { didComplete: () => void heard.push('didComplete') }
    const { url } = await serve('both.bin', { size: 100 })
    await session.dataTask(url, { delegate: {} }).resume().finished
    expect(names(recorder, 1)).toEqual(['didCreateTask', 'didReceiveResponse', 'didReceiveData', ...end])
    await session.dataTask(url, { delegate }).resume().finished
    expect(heard).toEqual(['didComplete'])
    expect(names(recorder, 2)).not.toContain('didComplete')
  })

  it('never overlap, however many tasks there are', async () => {
    const { recorder, session } = recorded()
    const urls = await Promise.all(['a', 'b', 'c', 'd'].map(async (name) => (await serve(name, { size: 100_000 })).url))
    await Promise.all(urls.map((url) => session.dataTask(url).resume().finished))
    expect(recorder.of('didComplete')).toHaveLength(4)
    recorder.verify()
  })
})

describe('didReceiveResponse', () => {
  it('answering "cancel" ends the task without data', async () => {
    const file = await serve('unwanted.bin', { size: 900_000, stallAfter: 100_000 })
    const { recorder, session } = recorded({ answers: { didReceiveResponse: () => 'cancel' } })
    const task = session.dataTask(file.url).resume()
    expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled', number: -999 })
    expect(names(recorder)).toEqual(['didCreateTask', 'didReceiveResponse', ...end])
    expect(task.response?.status).toBe(200)
    await origin.when({ file: file.name, aborted: true })
    recorder.verify()
  })

  it('answering late holds the data back until then', async () => {
    const { url } = await serve('late.bin', { size: 1000 })
    const answer = Promise.withResolvers<'allow'>()
    const { recorder, session } = recorded({ answers: { didReceiveResponse: () => answer.promise } })
    const task = session.dataTask(url).resume()
    await recorder.when('didReceiveResponse')
    await turns()
    expect(task).toMatchObject({ state: 'running', waitingFor: 'delegate' })
    expect(recorder.of('didReceiveData')).toEqual([])
    answer.resolve('allow')
    await task.finished
    expect(task.waitingFor).toBe(null)
    expect(received(recorder)).toHaveLength(1000)
  })

  it('that never answers does not hold up a cancel of others, and its own comes after it', async () => {
    const { url } = await serve('undecided.bin', { size: 1000 })
    const answer = Promise.withResolvers<'allow'>()
    const { recorder, session } = recorded({ answers: { didReceiveResponse: () => answer.promise }, slow: false })
    const task = session.dataTask(url).resume()
    await recorder.when('didReceiveResponse')
    task.cancel()
    expect(task.state).toBe('canceling')
    answer.resolve('allow')
    expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled' })
    expect(recorder.of('didReceiveData')).toEqual([])
  })

  it('answering with something else fails the task, and says what is allowed', async () => {
    const { url } = await serve('confused.bin', { size: 1000 })
    const task = makeSession(quick, { didReceiveResponse: () => 'download' as 'allow' })
      .dataTask(url)
      .resume()
    const error = await rejection(task.finished)
    expect(error).toMatchObject({
      code: 'delegateFailed',
      message: expect.stringContaining('"allow", "cancel" or "becomeDownload"'),
    })
  })

  it('that throws fails the task, with what was thrown as the cause', async () => {
    const file = await serve('thrown.bin', { size: 900_000, stallAfter: 1000 })
    const cause = new Error('the delegate is broken')
    const didReceiveResponse = (): never => {
      throw cause
    }
    const task = makeSession(quick, { didReceiveResponse }).dataTask(file.url).resume()
    expect(await rejection(task.finished)).toMatchObject({ code: 'delegateFailed', cause })
    await origin.when({ file: file.name, aborted: true })
  })
})

describe('didReceiveData', () => {
  it('is waited for: a slow delegate slows the server down', async () => {
    const file = await serve('slow-reader.bin', { size: 200_000_000 })
    const gate = Promise.withResolvers<void>()
    const { recorder, session } = recorded({ answers: { didReceiveData: () => gate.promise }, slow: false })
    const task = session.dataTask(file.url).resume()
    await recorder.when('didReceiveData')
    await turns(100)
    expect(recorder.of('didReceiveData')).toHaveLength(1)
    const [request] = await file.requests()
    expect(request?.endedAt).toBe(null)
    expect(request?.bytesSent).toBeLessThan(150_000_000)
    task.cancel()
    gate.resolve()
    await rejection(task.finished)
  })

  it('may keep what it was given: the bytes are its own', async () => {
    const { url } = await serve('kept.bin', { size: 3_000_000, seed: 8 })
    const kept: Uint8Array<ArrayBuffer>[] = []
    const session = makeSession(quick, { didReceiveData: (_task, data) => void kept.push(data) })
    await session.dataTask(url).resume().finished
    expect(await bytesOf(new Blob(kept))).toEqual(contentAt(8, 0, 3_000_000))
  })

  it('hears nothing while the task is suspended', async () => {
    const file = await serve('suspended.bin', { size: 300_000, stallAfter: 1000 })
    const { recorder, session } = recorded()
    const task = session.dataTask(file.url).resume()
    await recorder.when('didReceiveData')
    await reached(task, 1000)
    task.suspend()
    const before = recorder.calls.length
    await file.releaseStalls()
    await origin.when({ file: file.name, ended: true })
    await turns(20)
    expect(recorder.calls).toHaveLength(before)
    task.resume()
    await task.finished
    expect(received(recorder)).toHaveLength(300_000)
  })
})

describe('a delegate’s method', () => {
  it('may send a request of its own session and wait for it, where nobody is told of its end', async () => {
    const [first, second] = [await serve('first.bin', { size: 10 }), await serve('second.txt', { body: 'second' })]
    const bodies: string[] = []
    const session = makeSession(quick, {
      async didReceiveResponse() {
        bodies.push(textOf(await session.data(second.url)))
        for await (const bytes of (await session.bytes(second.url)).bytes) bodies.push(new TextDecoder().decode(bytes))
        bodies.push(await (await session.fetch(second.url)).text())
        await rejection(session.data(`${origin.url}/x`, { signal: AbortSignal.abort(new Error('not now')) }))
      },
    })
    const { data } = await session.dataTask(first.url).resume().finished
    expect(data.byteLength).toBe(10)
    expect(bodies).toEqual(['second', 'second', 'second'])
  })

  it('is told of redirects that were followed, once, where none is shown', async () => {
    const target = await serve('target.bin', { size: 10 })
    const { url } = await serve('moved.bin', { size: 1, redirect: { to: target.url, hops: 3 } })
    const { recorder, session } = recorded()
    const task = session.dataTask(url).resume()
    await task.finished
    const told = recorder.of('didFollowRedirects').map(({ args }) => args)
    expect(told).toEqual(inNode ? [] : [[target.url]])
    expect(recorder.of('willPerformRedirection')).toHaveLength(inNode ? 3 : 0)
    expect(task.originalRequest.url).toBe(url)
    expect(task.currentRequest.url).toBe(target.url)
    recorder.verify()
  })
})
