/** What `resume`, `suspend` and `cancel` do to a data task, and what of it the server sees. */
import { SessionConfiguration, URLError } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { asked, makeSession, origin, quick, reached, rejection, serve, unique, until } from '../support/session.ts'
import { echoOf, echoURL, turns } from './support/data.ts'

describe('a data task’s state', () => {
  it('is suspended until the first resume, and the server sees nothing of it', async () => {
    const file = await serve('never.bin', { size: 10 })
    const session = makeSession()
    const task = session.dataTask(file.url)
    expect(task).toMatchObject({ kind: 'data', state: 'suspended', started: false, response: null, metrics: null })
    await session.data((await serve('other.bin', { size: 10 })).url)
    expect(task.state).toBe('suspended')
    expect(await file.requests()).toEqual([])
    expect(await session.tasks()).toEqual([])
  })

  it('is running from the first resume on, and five more ask for nothing more', async () => {
    const file = await serve('once.bin', { size: 5000 })
    const task = makeSession().dataTask(file.url)
    expect(task.resume()).toBe(task)
    expect(task.state).toBe('running')
    for (let more = 0; more < 5; more++) task.resume()
    expect((await task.finished).data.byteLength).toBe(5000)
    expect(task.state).toBe('completed')
    expect(await file.requests()).toHaveLength(1)
  })

  it('is suspended again before a byte was sent, and then none is', async () => {
    const file = await serve('hesitant.bin', { size: 5000 })
    const session = makeSession()
    const task = session.dataTask(file.url).resume().suspend()
    await session.data((await serve('other.bin', { size: 10 })).url)
    expect(task.state).toBe('suspended')
    expect(await file.requests()).toEqual([])
    task.resume()
    expect((await task.finished).data.byteLength).toBe(5000)
  })

  it('counts suspends: as many resumes are needed', async () => {
    const file = await serve('nested.bin', { size: 300_000, stallAfter: 1000 })
    const task = makeSession().dataTask(file.url).resume()
    await reached(task, 1000)
    task.suspend().suspend()
    await file.releaseStalls()
    task.resume()
    expect(task.state).toBe('suspended')
    task.resume()
    expect(task.state).toBe('running')
    expect((await task.finished).data.byteLength).toBe(300_000)
    expect(await file.requests()).toHaveLength(1)
  })

  it('shows no answer while it is suspended, though one has come', async () => {
    const file = await serve('late-head.bin', { size: 10, beforeHead: 'stall' })
    const session = makeSession()
    const task = session.dataTask(file.url).resume()
    await asked(file)
    task.suspend()
    await file.releaseStalls()
    await origin.when({ file: file.name, ended: true })
    await session.data((await serve('other.bin', { size: 10 })).url)
    expect(task).toMatchObject({ state: 'suspended', response: null })
    expect((await task.resume().finished).data.byteLength).toBe(10)
  })

  it('becomes completed by a cancel before the first resume, without a request, and stays so', async () => {
    const file = await serve('unasked.bin', { size: 10 })
    const completions: (string | undefined)[] = []
    const session = makeSession(undefined, { didComplete: (_task, error) => void completions.push(error?.code) })
    const task = session.dataTask(file.url)
    task.cancel()
    task.cancel()
    expect(task.state).toBe('canceling')
    expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled', number: -999, attempts: 0 })
    expect(task.resume().state).toBe('completed')
    task.cancel()
    await session.data((await serve('other.bin', { size: 10 })).url)
    expect(completions).toEqual(['cancelled', undefined])
    expect(await file.requests()).toEqual([])
  })

  it('becomes completed by a cancel right after the resume, without a request', async () => {
    const file = await serve('at-once.bin', { size: 10 })
    const session = makeSession()
    const task = session.dataTask(file.url).resume()
    task.cancel()
    expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled' })
    await session.data((await serve('other.bin', { size: 10 })).url)
    expect(await file.requests()).toEqual([])
  })

  it('becomes completed by a cancel while the server is still thinking', async () => {
    const file = await serve('thinking.bin', { size: 10, beforeHead: 'stall' })
    const task = makeSession().dataTask(file.url).resume()
    await asked(file)
    task.cancel()
    expect(task.state).toBe('canceling')
    const error = await rejection(task.finished)
    expect(URLError.is(error)).toBe(true)
    expect(error).toMatchObject({ code: 'cancelled', number: -999, name: 'AbortError', url: file.url, attempts: 1 })
    expect(task).toMatchObject({ error, response: null, state: 'completed' })
    expect(task.metrics?.transactions).toMatchObject([{ status: null, error: 'cancelled' }])
    await origin.when({ file: file.name, aborted: true })
  })

  it('becomes completed by a cancel in the middle of the body, also while it is suspended', async () => {
    const file = await serve('middle.bin', { size: 300_000, stallAfter: 1000 })
    const task = makeSession().dataTask(file.url).resume()
    await reached(task, 1000)
    task.suspend().cancel()
    expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled', bytesTransferred: 1000 })
    await origin.when({ file: file.name, aborted: true })
  })

  it('makes it a live task once it was resumed', async () => {
    const file = await serve('live.bin', { size: 300_000, stallAfter: 1000 })
    const session = makeSession()
    const task = session.dataTask(file.url).resume()
    await reached(task, 1000)
    task.suspend()
    expect(await session.tasks('data')).toEqual([task])
    expect(await session.tasks('download')).toEqual([])
    task.cancel()
    expect(await session.tasks()).toEqual([])
  })
})

describe('data tasks of a session', () => {
  it('have numbers of their own, rising, together with its downloads', async () => {
    const session = makeSession()
    const { url } = await serve('numbered.bin', { size: 1 })
    const tasks = [session.dataTask(url), session.downloadTask(url), session.dataTask(url)]
    expect(tasks.map(({ identifier }) => identifier)).toEqual([1, 2, 3])
    expect(makeSession().dataTask(url).identifier).toBe(1)
  })

  it('do not notice what becomes of configuration and request afterwards', async () => {
    const headers = new Headers({ 'x-color': 'red' })
    const request = { url: echoURL, headers, method: 'PUT', body: new Uint8Array([65]) }
    const configuration = SessionConfiguration.default({ headers })
    const session = makeSession(configuration)
    const task = session.dataTask(request)
    headers.set('x-color', 'blue')
    request.body[0] = 66
    request.method = 'DELETE'
    const echo = await echoOf(task.resume().finished)
    expect(echo).toMatchObject({ method: 'PUT', body: 'A', headers: { 'x-color': 'red' } })
    expect(session.configuration.settings.headers).toEqual([['x-color', 'red']])
  })

  it('are refused one key twice, and take it again when it is free', async () => {
    const { url } = await serve('keyed.bin', { size: 1 })
    const session = makeSession()
    const task = session.dataTask(url, { key: 'one' })
    expect(() => session.dataTask(url, { key: 'one' })).toThrow(expect.objectContaining({ code: 'duplicateKey' }))
    await task.resume().finished
    expect(session.dataTask(url, { key: 'one' }).key).toBe('one')
  })

  it('are not for background sessions, which say so at the call', async () => {
    const session = makeSession(SessionConfiguration.background(unique('no-data')))
    const refused = expect.objectContaining({ code: 'unsupportedByPlatform', phase: 'setup' })
    expect(() => session.dataTask(echoURL)).toThrow(refused)
    await expect(session.data(echoURL)).rejects.toEqual(refused)
    await expect(session.fetch(echoURL)).rejects.toMatchObject({ name: 'TypeError', cause: refused })
  })
})

describe('the moment of a data task’s start', () => {
  it('is waited for, and may be brought forward meanwhile', async () => {
    const file = await serve('dated.bin', { size: 10 })
    const task = makeSession()
      .dataTask(file.url, { earliestBeginDate: new Date(Date.now() + 3_600_000) })
      .resume()
    await until(task, () => task.waitingFor === 'begin-date')
    expect(task.waitingUntil).toEqual(task.earliestBeginDate)
    expect(await file.requests()).toEqual([])
    task.earliestBeginDate = new Date(Date.now() + 3_500_000)
    await until(task, () => task.waitingUntil?.getTime() === task.earliestBeginDate?.getTime())
    task.earliestBeginDate = null
    expect((await task.finished).data.byteLength).toBe(10)
  })

  it('does not hold up a cancel', async () => {
    const file = await serve('dated.bin', { size: 10 })
    const task = makeSession()
      .dataTask(file.url, { earliestBeginDate: new Date(Date.now() + 3_600_000) })
      .resume()
    await until(task, () => task.waitingFor === 'begin-date')
    task.cancel()
    await expect(task.finished).rejects.toMatchObject({ code: 'cancelled', attempts: 0 })
    expect(task.metrics?.transactions).toEqual([])
  })
})

describe('an ending session', () => {
  it('lets its running data tasks finish, and says its last word after them', async () => {
    const file = await serve('running.bin', { size: 3000, stallAfter: 1000 })
    const calls: string[] = []
    const session = makeSession(undefined, {
      didComplete: (_task, error) => void calls.push(`didComplete ${error?.code}`),
      didBecomeInvalid: (_session, error) => void calls.push(`didBecomeInvalid ${String(error)}`),
    })
    const idle = session.dataTask(file.url)
    const task = session.dataTask(file.url).resume()
    await reached(task, 1000)
    session.finishTasksAndInvalidate()
    expect(() => session.dataTask(file.url)).toThrow(expect.objectContaining({ code: 'sessionInvalid' }))
    await expect(session.data(file.url)).rejects.toMatchObject({ code: 'sessionInvalid' })
    await expect(session.fetch(file.url)).rejects.toMatchObject({
      name: 'TypeError',
      cause: { code: 'sessionInvalid' },
    })
    await file.releaseStalls()
    expect((await task.finished).data.byteLength).toBe(3000)
    await session.close()
    expect(idle.error?.code).toBe('cancelled')
    expect(calls).toEqual(['didComplete cancelled', 'didComplete undefined', 'didBecomeInvalid null'])
    expect(session.delegate).toBe(null)
  })

  it('cancels them where that is asked, and a resume that comes late does nothing', async () => {
    const file = await serve('stopped.bin', { size: 3000, stallAfter: 1000 })
    const calls: string[] = []
    const session = makeSession(undefined, {
      didComplete: ({ identifier }, error) => void calls.push(`${identifier} ${error?.code}`),
      didBecomeInvalid: () => void calls.push('didBecomeInvalid'),
    })
    const tasks = [session.dataTask(file.url).resume(), session.dataTask(file.url)]
    const promise = session.data(file.url)
    const response = await session.fetch(file.url)
    await asked(file)
    session.invalidateAndCancel()
    expect(await session.tasks()).toEqual([])
    for (const task of tasks) await expect(task.resume().finished).rejects.toMatchObject({ code: 'cancelled' })
    await expect(promise).rejects.toMatchObject({ code: 'cancelled' })
    await expect(response.text()).rejects.toMatchObject({ name: 'AbortError' })
    await session.close()
    await turns()
    expect(calls.toSorted()).toEqual(['1 cancelled', '2 cancelled', '3 cancelled', '4 cancelled', 'didBecomeInvalid'])
    expect(calls.at(-1)).toBe('didBecomeInvalid')
  })
})

describe('progress and metrics of a data task', () => {
  it('end at 1 of 1 where nobody knew the length', async () => {
    const { url } = await serve('unknown.bin', { size: 9000, framing: 'chunked' })
    const task = makeSession().dataTask(url)
    const totals = new Set<number | null>()
    task.progress.subscribe(() => totals.add(task.progress.snapshot().total))
    await task.resume().finished
    expect([...totals]).toEqual([null, 9000])
    expect(task.progress.snapshot()).toMatchObject({ completed: 9000, total: 9000, fraction: 1 })
  })

  it('are those of an empty body as well', async () => {
    const promise = makeSession().data((await serve('empty.bin', { size: 0 })).url)
    await promise
    expect(promise.task.progress.snapshot()).toMatchObject({ completed: 0, total: 0, fraction: 1 })
  })

  it('span the task’s life, from where it was made', async () => {
    const file = await serve('measured.bin', { size: 9000 })
    await file.nextResponses([{ status: 503 }])
    const before = Date.now()
    const task = makeSession(quick).dataTask(file.url)
    const made = Date.now()
    await turns(30)
    await task.resume().finished
    const { start, end, transactions } = task.metrics ?? expect.fail('there are no metrics')
    expect(start).toBeGreaterThanOrEqual(before)
    expect(start).toBeLessThanOrEqual(made)
    expect(end).toBeLessThanOrEqual(Date.now())
    expect(transactions).toMatchObject([
      { status: 503, bytes: 0, error: null, url: file.url },
      { status: 200, bytes: 9000, error: null, url: file.url },
    ])
  })
})
