/** What a delegate and a progress are told of the bytes. */
import type { ProgressSnapshot, SessionDelegate } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { breakAt, makeSession, quick, reached, rejection, serve } from '../support/session.ts'

type Written = [written: number, total: number, expected: number | null]

function counting(answer?: () => Promise<void>): { calls: Written[]; delegate: SessionDelegate } {
  const calls: Written[] = []
  const delegate: SessionDelegate = {
    didWriteData(_task, ...counts) {
      calls.push(counts)
      return answer?.()
    },
  }
  return { calls, delegate }
}

const sum = (calls: readonly Written[]): number => calls.reduce((all, [written]) => all + written, 0)

describe('didWriteData', () => {
  it('tells every byte once, and the whole in the end', async () => {
    const { url } = await serve('counted.bin', { size: 800_000, bytesPerSecond: 2_000_000 })
    const { calls, delegate } = counting()
    await makeSession({}, delegate).downloadTask(url).resume().finished
    expect(sum(calls)).toBe(800_000)
    expect(calls.at(-1)).toEqual([expect.any(Number), 800_000, 800_000])
    let before = 0
    for (const [written, total, expected] of calls) {
      expect(written).toBeGreaterThan(0)
      expect(total).toBe(before + written)
      expect(expected).toBe(800_000)
      before = total
    }
  })

  it('waits for a slow delegate, and loses nothing by it', async () => {
    const { url } = await serve('slow.bin', { size: 800_000, bytesPerSecond: 2_000_000 })
    let running = 0
    const { calls, delegate } = counting(async () => {
      running += 1
      expect(running).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 120))
      running -= 1
    })
    await makeSession({}, delegate).downloadTask(url).resume().finished
    expect(sum(calls)).toBe(800_000)
    expect(calls.at(-1)?.[1]).toBe(800_000)
  })

  it('goes on counting where a broken download goes on', async () => {
    const file = await serve('again.bin', { size: 600_000 })
    await file.nextResponses([{ stallAfter: 200_000 }])
    const { calls, delegate } = counting()
    const task = makeSession(quick, delegate).downloadTask(file.url).resume()
    await breakAt(task, file, 200_000)
    await task.finished
    expect(sum(calls)).toBe(600_000)
    expect(calls.map(([, total]) => total)).toContain(200_000)
  })

  it('counts from zero again where a download starts over', async () => {
    const file = await serve('over.bin', { size: 600_000, ranges: 'ignored' })
    await file.nextResponses([{ stallAfter: 200_000 }])
    const { calls, delegate } = counting()
    const task = makeSession(quick, delegate).downloadTask(file.url).resume()
    await breakAt(task, file, 200_000)
    await task.finished
    expect(sum(calls)).toBe(800_000)
    expect(calls.at(-1)?.[1]).toBe(600_000)
  })

  it('does not know the whole where the server does not say it', async () => {
    const { url } = await serve('unknown.bin', { size: 300_000, framing: 'chunked' })
    const { calls, delegate } = counting()
    await makeSession({}, delegate).downloadTask(url).resume().finished
    expect(calls.every(([, , expected]) => expected === null)).toBe(true)
    expect(sum(calls)).toBe(300_000)
  })
})

describe('a progress', () => {
  it('rises from nothing to the whole, and its loop ends there', async () => {
    const { url } = await serve('loop.bin', { size: 800_000, bytesPerSecond: 2_000_000 })
    const task = makeSession().downloadTask(url)
    expect(task.progress.snapshot()).toEqual({
      completed: 0,
      total: null,
      fraction: null,
      bytesPerSecond: 0,
      secondsLeft: null,
      coarse: false,
    })
    task.resume()
    const seen: ProgressSnapshot[] = []
    for await (const snapshot of task.progress) seen.push(snapshot)
    const counts = seen.map(({ completed }) => completed)
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
    expect(seen.at(-1)).toMatchObject({
      completed: 800_000,
      total: 800_000,
      fraction: 1,
      bytesPerSecond: 0,
      secondsLeft: null,
    })
    expect(task.progress.upload).toMatchObject({ completed: 0, total: null })
    // Whoever comes late gets the end, and is not kept waiting.
    const late: ProgressSnapshot[] = []
    for await (const snapshot of task.progress) late.push(snapshot)
    expect(late).toEqual([task.progress.snapshot()])
  })

  it('has no fraction while the whole is unknown, and ends as one of one', async () => {
    const file = await serve('indeterminate.bin', { size: 300_000, framing: 'chunked', stallAfter: 100_000 })
    const task = makeSession().downloadTask(file.url).resume()
    await reached(task, 100_000)
    expect(task.progress.download).toMatchObject({ completed: 100_000, total: null, fraction: null })
    await file.releaseStalls()
    await task.finished
    expect(task.progress.download).toMatchObject({ completed: 300_000, total: 300_000, fraction: 1 })
  })

  it('of an empty file ends as one of one', async () => {
    const { task } = makeSession().download((await serve('empty.bin', { size: 0 })).url)
    await task.finished
    expect(task.progress.snapshot()).toMatchObject({ completed: 0, total: 0, fraction: 1 })
  })

  it('is the same object until something changes, and tells who subscribed', async () => {
    const file = await serve('subscribed.bin', { size: 300_000, stallAfter: 100_000 })
    const task = makeSession().downloadTask(file.url)
    let calls = 0
    const listener = (): void => void (calls += 1)
    const stops = [task.progress.subscribe(listener), task.progress.subscribe(listener)]
    task.resume()
    await reached(task, 100_000)
    expect(task.progress.snapshot()).toBe(task.progress.snapshot())
    const heard = calls
    expect(heard).toBeGreaterThanOrEqual(2)
    for (const stop of stops) stop()
    await file.releaseStalls()
    await task.finished
    expect(calls).toBe(heard)
  })

  it('shows no speed while nothing moves, and keeps what there was when the task fails', async () => {
    const file = await serve('resting.bin', { size: 300_000, stallAfter: 100_000 })
    const task = makeSession().downloadTask(file.url).resume()
    await reached(task, 100_000)
    task.suspend()
    expect(task.progress.snapshot()).toMatchObject({ completed: 100_000, bytesPerSecond: 0, secondsLeft: null })
    task.cancel()
    await rejection(task.finished)
    expect(task.progress.snapshot()).toMatchObject({ completed: 100_000, total: 300_000 })
    for await (const { completed } of task.progress) expect(completed).toBe(100_000)
  })

  it('cancels its task, of either kind, and one that is over no more', async () => {
    const file = await serve('stopped.bin', { size: 300_000, stallAfter: 100_000 })
    const session = makeSession()
    for (const task of [session.downloadTask(file.url).resume(), session.dataTask(file.url).resume()]) {
      await reached(task, 100_000)
      task.progress.cancel()
      expect(task.state).toBe('canceling')
      expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled', number: -999 })
      task.progress.cancel()
      expect(task.state).toBe('completed')
    }
  })
})
