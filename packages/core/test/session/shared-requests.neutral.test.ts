/** Equal requests that are under way at once are one on the wire, for those that ask for it, and none of them notices the others. */
import { URLError, type DataResult, type DataTask, type RequestLike, type TaskPromise } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { asked, desertedURL, makeSession, rejection, serve } from '../support/session.ts'
import type { RemoteFile } from '../../../testing/src/origin/remote-origin.ts'
import { echoOf, echoURL, turns } from './support/data.ts'

type Shared = TaskPromise<DataResult, DataTask>

const share = { dedupe: true } as const

/** Past a browser's own cache, which lets equal requests wait for each other. */
const fresh = ({ url }: { url: string }) => ({ url, cachePolicy: 'no-store' }) as const

/** A file whose first answer stands still after some bytes until it is let go. */
const slow = (): Promise<RemoteFile> => serve('shared.txt', { size: 2000, stallAfter: 500 })

/** Lets it go on until this is over: a request may come to its stall later than its entry to the journal. */
async function flowing<T>(file: RemoteFile, wanted: Promise<T>): Promise<T> {
  let isOver = false
  const noted = wanted.finally(() => (isOver = true))
  while (!isOver) await file.releaseStalls()
  return noted
}

/** How often it was asked for. */
const count = async (file: RemoteFile): Promise<number> => (await file.requests()).length

describe('equal requests', () => {
  it('are one on the wire, and each task has bytes and an end of its own', async () => {
    const file = await slow()
    const session = makeSession()
    const promises = [1, 2, 3].map(() => session.data(fresh(file), share))
    await asked(file)
    await turns()
    const results = await flowing(file, Promise.all(promises))
    expect(await count(file)).toBe(1)
    expect(new Set(results.map(({ data }) => data.buffer)).size).toBe(3)
    results[0]?.data.fill(0)
    expect(results[1]?.data).toEqual(results[2]?.data)
    expect(results[1]?.data.some((byte) => byte !== 0)).toBe(true)
    expect(promises.map(({ task }) => [task.state, task.progress.snapshot().completed])).toEqual(
      promises.map(() => ['completed', 2000]),
    )
    expect(promises.map(({ task }) => task.metrics?.transactions.length).toSorted()).toEqual([0, 0, 1])
    // What is over is asked for anew.
    await flowing(file, session.data(fresh(file), share))
    expect(await count(file)).toBe(2)
  })

  it('of json are read by each with its own schema', async () => {
    const session = makeSession()
    const url = `${echoURL}?shared`
    const [first, second] = await Promise.all([session.json<{ url: string }>(url, share), session.json(url, share)])
    expect(first).toEqual(second)
    expect(first).not.toBe(second)
  })

  it('are several where one did not ask for it, or anything differs', async () => {
    const file = await serve('not-shared.txt', { size: 100 })
    const session = makeSession()
    const different: [RequestLike, Parameters<typeof session.data>[1]][] = [
      [fresh(file), {}],
      [fresh(file), share],
      [{ ...fresh(file), headers: { 'accept-language': 'fr' } }, share],
      [{ ...fresh(file), cachePolicy: 'reload' }, share],
      [fresh(file), { ...share, maximumSize: 1000 }],
      [fresh(file), { ...share, delegate: {} }],
      [fresh(file), { ...share, earliestBeginDate: new Date() }],
    ]
    await Promise.all(different.map(([request, options]) => session.data(request, options)))
    await makeSession().data(fresh(file), share)
    expect(await count(file)).toBe(different.length + 1)
    const posted = [1, 2].map(() => echoOf(session.data({ url: echoURL, method: 'POST', body: 'x' }, share)))
    expect((await Promise.all(posted)).map(({ method }) => method)).toEqual(['POST', 'POST'])
  })

  it('fail together, each with an error of its own', async () => {
    const session = makeSession({ retry: { attempts: 1 } })
    const url = await desertedURL()
    const promises = [1, 2].map(() => session.data(url, share))
    const errors = await Promise.all(promises.map(rejection))
    expect(errors[0]).not.toBe(errors[1])
    for (const error of errors) expect(URLError.is(error) && error.url).toBe(url)
    expect(promises.map(({ task }) => task.metrics?.transactions.length).toSorted()).toEqual([0, 1])
  })
})

describe('a task that shares', () => {
  it('and is cancelled ends alone: the next asks for those that are left', async () => {
    const file = await slow()
    const session = makeSession()
    const promises = [1, 2, 3].map(() => session.data(fresh(file), share))
    await asked(file)
    await turns()
    promises[0]?.task.cancel()
    expect(await rejection(promises[0] as Promise<unknown>)).toMatchObject({ code: 'cancelled' })
    promises[2]?.task.cancel()
    expect(await rejection(promises[2] as Promise<unknown>)).toMatchObject({ code: 'cancelled' })
    await expect.poll(() => count(file)).toBe(2)
    expect((await flowing(file, promises[1] as Promise<DataResult>)).data.byteLength).toBe(2000)
    expect(await count(file)).toBe(2)
  })

  it('and is suspended does not hold the others up', async () => {
    const file = await slow()
    const session = makeSession()
    const [first, second, third] = [1, 2, 3].map(() => session.data(fresh(file), share)) as [Shared, Shared, Shared]
    await asked(file)
    await turns()
    first.task.suspend()
    second.task.suspend()
    expect((await flowing(file, third)).data.byteLength).toBe(2000)
    expect(await count(file)).toBe(2)
    expect([first.task.state, second.task.state]).toEqual(['suspended', 'suspended'])
    // The one that asked goes on with its own answer; the one that only waited asks now.
    first.task.resume()
    expect((await flowing(file, first)).data.byteLength).toBe(2000)
    expect(await count(file)).toBe(2)
    second.task.resume()
    expect((await flowing(file, second)).data.byteLength).toBe(2000)
    expect(await count(file)).toBe(3)
  })

  it('and is suspended while another asks has the answer when it goes on', async () => {
    const file = await slow()
    const session = makeSession()
    const [first, second] = [1, 2].map(() => session.data(fresh(file), share)) as [Shared, Shared]
    await asked(file)
    await turns()
    second.task.suspend()
    await flowing(file, first)
    await turns()
    expect(second.task.state).toBe('suspended')
    second.task.resume()
    expect((await second).data.byteLength).toBe(2000)
    expect(await count(file)).toBe(1)
  })

  it('ends with its session, whoever asks', async () => {
    const file = await slow()
    const session = makeSession()
    const promises = [1, 2].map(() => session.data(fresh(file), share))
    await asked(file)
    await turns()
    const errors = promises.map(rejection)
    await session.close()
    for (const error of await Promise.all(errors)) expect(error).toMatchObject({ code: 'cancelled' })
    expect(await count(file)).toBe(1)
  })

  it('and whose body is a loop’s or a delegate’s asks for itself', async () => {
    const file = await serve('looped.txt', { size: 100 })
    const session = makeSession()
    const looped = async (): Promise<number> => {
      let lines = 0
      for await (const line of session.lines(fresh(file), share)) lines += line.length
      return lines
    }
    await Promise.all([looped(), looped(), session.dataTask(fresh(file), share).resume().finished])
    expect(await count(file)).toBe(3)
  })
})
