/** What `resume`, `suspend` and `cancel` do to a task's state, and what of it the server sees. */
import { URLError } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { makeSession, origin, reached, rejection, serve } from '../support/session.ts'

describe('a task’s state', () => {
  it('is suspended until the first resume, and the server sees nothing of it', async () => {
    const file = await serve('never.bin', { size: 1000 })
    const session = makeSession()
    const task = session.downloadTask(file.url)
    expect(task.state).toBe('suspended')
    expect(task.started).toBe(false)
    // Whatever the session does for tasks, it has done for this one too once another is through.
    await session.download((await serve('other.bin', { size: 10 })).url)
    expect(task.state).toBe('suspended')
    expect(await file.requests()).toEqual([])
    expect(await session.tasks()).toEqual([])
  })

  it('is running from the first resume on, and five more ask for nothing more', async () => {
    const file = await serve('once.bin', { size: 50_000 })
    const task = makeSession().downloadTask(file.url)
    expect(task.resume()).toBe(task)
    expect(task.state).toBe('running')
    for (let more = 0; more < 5; more++) task.resume()
    await task.finished
    expect(task.state).toBe('completed')
    expect(await file.requests()).toHaveLength(1)
  })

  it('counts suspends: as many resumes are needed, and those beyond count for nothing', async () => {
    const file = await serve('nested.bin', { size: 600_000, stallAfter: 200_000 })
    const task = makeSession().downloadTask(file.url)
    task.suspend()
    task.resume()
    expect(task.state).toBe('suspended')
    task.resume().resume().resume()
    expect(task.state).toBe('running')
    await reached(task, 200_000)
    task.suspend().suspend().suspend()
    expect(task.state).toBe('suspended')
    await file.behaveWell()
    await file.releaseStalls()
    task.resume().resume()
    expect(task.state).toBe('suspended')
    task.resume()
    expect(task.state).toBe('running')
    expect((await task.finished).file.size).toBe(600_000)
  })

  it('makes it a live task once it was resumed, also while it is suspended', async () => {
    const file = await serve('live.bin', { size: 600_000, stallAfter: 100_000 })
    const session = makeSession()
    const task = session.downloadTask(file.url).resume()
    await reached(task, 100_000)
    task.suspend()
    expect(await session.tasks()).toEqual([task])
    task.cancel()
    expect(await session.tasks()).toEqual([])
  })

  it('goes on where it was after a suspend, in the same request when that is still open', async () => {
    const file = await serve('held.bin', { size: 3_000_000, stallAfter: 1_000_000 })
    const task = makeSession().downloadTask(file.url).resume()
    await reached(task, 1_000_000)
    task.suspend()
    await file.releaseStalls()
    task.resume()
    await task.finished
    const requests = await file.requests()
    expect(requests.map(({ range }) => range)).toEqual([null])
  })

  it('becomes completed by a cancel before the first resume, without a request', async () => {
    const file = await serve('unasked.bin', { size: 1000 })
    const session = makeSession()
    const task = session.downloadTask(file.url)
    task.cancel()
    expect(task.state).toBe('canceling')
    await expect(task.finished).rejects.toMatchObject({
      code: 'cancelled',
      number: -999,
      name: 'AbortError',
      url: file.url,
    })
    expect(task.state).toBe('completed')
    task.resume()
    expect(task.state).toBe('completed')
    await session.download((await serve('other.bin', { size: 10 })).url)
    expect(await file.requests()).toEqual([])
  })

  it('becomes completed by a cancel while the server is still thinking', async () => {
    const file = await serve('thinking.bin', { size: 1000, beforeHead: 'stall' })
    const task = makeSession().downloadTask(file.url).resume()
    await origin.when({ file: file.name, method: 'GET' })
    task.cancel()
    expect(task.state).toBe('canceling')
    const error = await rejection(task.finished)
    expect(URLError.is(error)).toBe(true)
    expect(error).toMatchObject({ code: 'cancelled', number: -999, url: file.url })
    expect(task.error).toBe(error)
    expect(task.response).toBe(null)
    await origin.when({ file: file.name, aborted: true })
  })

  it('becomes completed once, whatever is called after a cancel', async () => {
    const file = await serve('twice.bin', { size: 600_000, stallAfter: 100_000 })
    const completions: (string | undefined)[] = []
    const session = makeSession(undefined, { didComplete: (_task, error) => void completions.push(error?.code) })
    const task = session.downloadTask(file.url).resume()
    await reached(task, 100_000)
    task.cancel()
    task.cancel()
    task.resume()
    task.suspend()
    expect(task.state).toBe('canceling')
    await rejection(task.finished)
    task.cancel()
    expect(await task.cancelProducingResumeData()).toBe(null)
    expect(task.resume().state).toBe('completed')
    expect(completions).toEqual(['cancelled'])
    expect(await file.requests()).toHaveLength(1)
  })

  it('becomes completed by a cancel while it is suspended', async () => {
    const file = await serve('paused.bin', { size: 600_000, stallAfter: 100_000 })
    const task = makeSession().downloadTask(file.url).resume()
    await reached(task, 100_000)
    task.suspend().cancel()
    await expect(task.finished).rejects.toMatchObject({ code: 'cancelled' })
  })
})

describe('a task’s identifier', () => {
  it('is a number of its own in its session, rising from 1', async () => {
    const { url } = await serve('numbered.bin', { size: 10 })
    const [one, other] = [makeSession(), makeSession()]
    const identifiers = [1, 2, 3].map(() => one.downloadTask(url).identifier)
    expect(identifiers).toEqual([1, 2, 3])
    expect(other.downloadTask(url).identifier).toBe(1)
  })
})
