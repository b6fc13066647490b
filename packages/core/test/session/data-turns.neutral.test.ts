/** Whose turn it is where connections are few, and what a whole run of requests keeps to. */
import { describe, expect, it } from 'vitest'
import {
  asked,
  makeSession,
  origin,
  privateOrigin,
  quick,
  rejection,
  serve,
  unique,
  until,
} from '../support/session.ts'
import { textOf } from './support/data.ts'

describe('with one connection', () => {
  it('the more important task goes first, also one that became it while it waited', async () => {
    const session = makeSession({ ...quick, connectionsPerHost: 1 })
    const blocker = await serve('blocker.bin', { size: 10, beforeHead: 'stall' })
    const first = session.dataTask(blocker.url).resume()
    await asked(blocker)
    const order: number[] = []
    const make = async (priority: number) => {
      const task = session.dataTask((await serve('queued.bin', { size: 10 })).url, { priority }).resume()
      void task.finished.then(() => order.push(task.identifier))
      return task
    }
    const [low, high, risen] = [await make(0.25), await make(0.75), await make(0.1)]
    await until(risen, () => risen.waitingFor === 'slot')
    risen.priority = 1
    await blocker.releaseStalls()
    await Promise.all([first, low, high, risen].map(({ finished }) => finished))
    expect(order).toEqual([risen.identifier, high.identifier, low.identifier])
  })

  it('a task that waits suspended leaves its turn to others, and one that was cancelled to all', async () => {
    const session = makeSession({ ...quick, connectionsPerHost: 1 })
    const blocker = await serve('blocker.bin', { size: 10, beforeHead: 'stall' })
    const first = session.dataTask(blocker.url).resume()
    await asked(blocker)
    const [held, gone] = [await serve('held.bin', { size: 10 }), await serve('gone.bin', { size: 10 })]
    const [waits, ends] = [session.dataTask(held.url, { priority: 1 }).resume(), session.dataTask(gone.url).resume()]
    await until(waits, () => waits.waitingFor === 'slot')
    await until(ends, () => ends.waitingFor === 'slot')
    waits.suspend()
    ends.cancel()
    await rejection(ends.finished)
    await blocker.releaseStalls()
    await first.finished
    expect((await session.data((await serve('next.bin', { size: 10 })).url)).data.byteLength).toBe(10)
    expect(await held.requests()).toEqual([])
    expect((await waits.resume().finished).data.byteLength).toBe(10)
    expect(await gone.requests()).toEqual([])
  })

  it('every end gives it back: a failure, a loop that is left, an answer nobody wanted', async () => {
    const session = makeSession(
      { retry: { attempts: 1 }, connectionsPerHost: 1 },
      { didReceiveResponse: () => 'cancel' },
    )
    const file = await serve('ended.bin', { size: 900_000, stallAfter: 1000 })
    const dead = await serve('dead.bin', { size: 10, beforeHead: 'reset' })
    await rejection(session.data(dead.url))
    await rejection(session.dataTask(file.url).resume().finished)
    for await (const _ of (await session.bytes(file.url)).bytes) break
    const response = await session.fetch(file.url)
    await response.body?.cancel()
    await session.fetch(file.url, { method: 'HEAD' })
    await rejection(session.data(file.url, { maximumSize: 1 }))
    expect(textOf(await session.data((await serve('last.txt', { body: 'last' })).url))).toBe('last')
  })
})

describe('a limit of two', () => {
  it('is what the server sees of ten tasks', async () => {
    const session = makeSession({ ...quick, connectionsPerHost: 2 })
    const name = unique('limited')
    const files = await Promise.all(
      Array.from({ length: 10 }, (_, index) => origin.file(`${name}/${index}`, { size: 10, headDelay: 5 })),
    )
    await Promise.all(files.map(({ url }) => session.data(url)))
    const requests = await origin.journal({ url: name })
    const steps = requests.flatMap(
      ({ at, endedAt }) =>
        [
          [at, 1],
          [endedAt ?? Number.POSITIVE_INFINITY, -1],
        ] as [number, number][],
    )
    // What ended in the same millisecond as another began made room for it.
    let open = 0
    let most = 0
    for (const [, step] of steps.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) most = Math.max(most, (open += step))
    expect(most).toBeLessThanOrEqual(2)
    expect(requests).toHaveLength(10)
  })
})

describe('a server that is away', () => {
  it('is waited for where that is asked, and the delegate hears of it once', async () => {
    const away = await privateOrigin()
    const file = await away.file('away.bin', { size: 10 })
    const told: number[] = []
    const session = makeSession(
      { retry: { baseDelay: 20, maximumDelay: 40 }, waitsForConnectivity: true },
      { isWaitingForConnectivity: ({ identifier }) => void told.push(identifier) },
    )
    await away.refuse(600)
    const promise = session.data(file.url)
    await until(promise.task, () => promise.task.waitingFor === 'connectivity')
    expect((await promise).data.byteLength).toBe(10)
    expect(told).toEqual([1])
  })
})

describe('an idempotency key', () => {
  it('is sent with each attempt of a POST, which is tried again with it', async () => {
    const session = makeSession(quick)
    const file = await serve('ordered.txt', { body: 'done' })
    await file.nextResponses([{ status: 503 }])
    const request = { url: file.url, method: 'POST', body: 'order' }
    expect(textOf(await session.data(request, { idempotencyKey: true }))).toBe('done')
    await session.data(request, { idempotencyKey: 'mine' })
    const keys = (await file.requests()).map(({ headers }) => headers['idempotency-key'])
    expect(keys[0]).toMatch(/^[\x21-\x7e]+$/)
    expect(keys).toEqual([keys[0], keys[0], 'mine'])
    await file.nextResponses([{ status: 503 }])
    expect((await session.data(request)).response.status).toBe(503)
  })
})

describe('many small requests', () => {
  it('all end well, three at a time, over and over', async () => {
    const session = makeSession(quick)
    const { url } = await serve('small.bin', { size: 100 })
    for (let round = 0; round < 300; round++) {
      const results = await Promise.all([
        session.data(url),
        session.fetch(url).then(async (response) => ({ data: await response.bytes() })),
        session.dataTask(url).resume().finished,
      ])
      for (const { data } of results) if (data.byteLength !== 100) expect.fail(`${data.byteLength} bytes`)
    }
    expect(await session.tasks()).toEqual([])
  })
})
