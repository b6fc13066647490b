/** Who is asked for when: slots of a host, priorities, begin dates. */
import { SessionConfiguration, type DownloadTask } from 'urlsession'
import { describe, expect, it } from 'vitest'
import type { RemoteFile } from '../../../testing/src/origin/remote-origin.ts'
import { asked, makeSession, origin, reached, serve, until } from '../support/session.ts'

/** Which of these files were asked for, in order. */
async function order(files: readonly { name: string }[]): Promise<(string | null)[]> {
  const names = files.map(({ name }) => name)
  return (await origin.journal({ method: 'GET' })).map(({ file }) => file).filter((name) => names.includes(name ?? ''))
}

const stalling = (name: string): Promise<RemoteFile> => serve(name, { size: 1000, beforeHead: 'stall' })

/** One task that loads and stalls, and two that wait for its slot. */
async function threeForOneSlot() {
  const files = [await stalling('a'), await stalling('b'), await stalling('c')] as const
  const session = makeSession({ connectionsPerHost: 1 })
  const start = (file: RemoteFile): DownloadTask => session.downloadTask(file.url).resume()
  const [first, second, third] = [start(files[0]), start(files[1]), start(files[2])] as const
  await asked(files[0])
  await until(third, () => third.waitingFor === 'slot')
  return { files, first, second, third }
}

describe('slots of a host', () => {
  it('go to the more important of the tasks that wait, then to the older', async () => {
    const names = ['first.bin', 'low.bin', 'middle.bin', 'second-middle.bin', 'high.bin']
    const files = await Promise.all(names.map(stalling))
    const session = makeSession({ connectionsPerHost: 1 })
    const priorities = [0.5, 0.25, 0.5, 0.5, 0.75]
    const tasks = files.map(({ url }, index) => session.downloadTask(url, { priority: priorities[index] ?? 0 }))
    for (const [index, task] of tasks.entries()) {
      task.resume()
      if (index > 0) await until(task, () => task.waitingFor === 'slot')
    }
    await asked(files[0] as RemoteFile)
    for (const file of files) await file.behaveWell()
    await files[0]?.releaseStalls()
    await Promise.all(tasks.map((task) => task.finished))
    const [first, low, middle, second, high] = files.map(({ name }) => name)
    expect(await order(files)).toEqual([first, high, middle, second, low])
  })

  it('follow a priority that is changed while a task waits', async () => {
    const { files, first, second, third } = await threeForOneSlot()
    third.priority = 1
    second.priority = -4
    expect(second.priority).toBe(0)
    for (const file of files) await file.behaveWell()
    await files[0].releaseStalls()
    await Promise.all([first, second, third].map((task) => task.finished))
    expect(await order(files)).toEqual([files[0], files[2], files[1]].map(({ name }) => name))
  })

  it('are never more than the session allows, and each that is freed is taken again', async () => {
    const files = await Promise.all(['1', '2', '3', '4', '5'].map(stalling))
    const session = makeSession({ connectionsPerHost: 2 })
    const tasks = files.map(({ url }) => session.downloadTask(url).resume())
    for (const [index, file] of files.entries()) {
      await asked(file)
      // One that is through, the two that load, and not a third.
      expect((await order(files)).length).toBeLessThanOrEqual(index + 2)
      await file.releaseStalls()
      await tasks[index]?.finished
    }
    expect(await order(files)).toHaveLength(5)
  })

  it('are given back by a task that is suspended while it waits for one', async () => {
    const { files, first, second, third } = await threeForOneSlot()
    second.suspend()
    expect(second.waitingFor).toBe(null)
    await files[0].releaseStalls()
    await first.finished
    await asked(files[2])
    expect(await files[1].requests()).toEqual([])
    await files[2].releaseStalls()
    await third.finished
  })
})

describe('a priority', () => {
  it('is the session’s where the task names none, and clamped to 0…1', async () => {
    const { url } = await serve('priority.bin', { size: 10 })
    const task = makeSession({ priority: 0.8 }).downloadTask(url)
    expect(task.priority).toBe(0.8)
    task.priority = 7
    expect(task.priority).toBe(1)
    expect(() => (task.priority = Number.NaN)).toThrow(TypeError)
    expect(task.priority).toBe(1)
  })
})

describe('an earliest begin date', () => {
  it('is kept: nothing is asked for before it', async () => {
    const file = await serve('later.bin', { size: 1000 })
    const earliestBeginDate = new Date(Date.now() + 400)
    const task = makeSession().downloadTask(file.url, { earliestBeginDate }).resume()
    // On a busy machine the moment may have come before anybody looks.
    await until(task, () => task.waitingFor === 'begin-date' || task.state === 'completed')
    await task.finished
    expect((await file.requests())[0]?.at).toBeGreaterThanOrEqual(earliestBeginDate.getTime())
  })

  it('can be brought forward while the task waits for it', async () => {
    const file = await serve('sooner.bin', { size: 1000 })
    const session = makeSession(SessionConfiguration.ephemeral())
    const task = session.downloadTask(file.url, { earliestBeginDate: new Date(Date.now() + 3_600_000) }).resume()
    await until(task, () => task.waitingFor === 'begin-date')
    task.earliestBeginDate = null
    await task.finished
    expect(task.earliestBeginDate).toBe(null)
  })

  it('in the past delays nothing, and one that is no date is refused', async () => {
    const file = await serve('past.bin', { size: 300_000, stallAfter: 1000 })
    const task = makeSession().downloadTask(file.url, { earliestBeginDate: new Date(0) })
    expect(() => (task.earliestBeginDate = new Date(Number.NaN))).toThrow(TypeError)
    expect(() => (task.earliestBeginDate = 7 as never)).toThrow(/earliestBeginDate/)
    task.resume()
    await reached(task, 1000)
  })

  it('does not keep a task from being cancelled', async () => {
    const file = await serve('never.bin', { size: 1000 })
    const task = makeSession()
      .downloadTask(file.url, { earliestBeginDate: new Date(Date.now() + 3_600_000) })
      .resume()
    await until(task, () => task.waitingFor === 'begin-date')
    task.cancel()
    await expect(task.finished).rejects.toMatchObject({ code: 'cancelled' })
    expect(await file.requests()).toEqual([])
  })
})
