/** What a background session does otherwise, within one life of its page or process. */
import { SessionConfiguration, type URLSession } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import {
  breakAt,
  bytesOf,
  makeSession,
  quick,
  rangesOf,
  reached,
  rejection,
  serve,
  unique,
  until,
} from '../support/session.ts'

const configuration = (name: string, options = {}): SessionConfiguration =>
  SessionConfiguration.background(unique(name), { ...quick, ...options })

/** Downloads and keeps under a key, so that the file can be read afterwards. */
const keeping = (name: string, options = {}): URLSession =>
  makeSession(configuration(name, options), { didFinishDownloading: (task, file) => file.keep(task.key ?? 'file') })

describe('a background session', () => {
  it('downloads, and its kept files are found by key', async () => {
    const file = await serve('background.bin', { size: 600_000, seed: 141 })
    const session = keeping('plain')
    await session.downloadTask(file.url, { key: 'film' }).resume().finished
    const kept = await session.files.get('film')
    expect(await bytesOf((await kept?.blob()) ?? new Blob())).toEqual(contentAt(141, 0, 600_000))
    await session.files.delete('film')
  })

  it('needs no delegate: a task’s promise tells', async () => {
    const file = await serve('no-delegate.bin', { size: 600_000, seed: 142 })
    await file.nextResponses([{ stallAfter: 200_000 }])
    const task = makeSession(configuration('no-delegate')).downloadTask(file.url).resume()
    await breakAt(task, file, 200_000)
    const { file: got } = await task.finished
    expect(await bytesOf(await got.blob())).toEqual(contentAt(142, 0, 600_000))
    expect(await rangesOf(file)).toEqual([null, 'bytes=200000-'])
  })

  it('tries again what gets no answer in time, until the whole task takes too long', async () => {
    const file = await serve('silent.bin', { size: 1000, beforeHead: 'stall' })
    const session = keeping('silent', {
      retry: { ...quick.retry, attempts: 1000 },
      timeout: { request: 100, resource: 4000 },
    })
    const task = session.downloadTask(file.url).resume()
    const error = await rejection(task.finished)
    expect(error).toMatchObject({ code: 'timedOut', retryable: false })
    expect((error as Error).message).toContain('timeout.resource')
    expect((await file.requests()).length).toBeGreaterThan(1)
  })

  it('goes on once the server answers', async () => {
    const file = await serve('late.bin', { size: 1000 })
    await file.nextResponses([{ beforeHead: 'stall' }, { beforeHead: 'stall' }])
    const session = keeping('late', { retry: { ...quick.retry, attempts: 1000 }, timeout: { request: 150 } })
    await session.downloadTask(file.url).resume().finished
    // A busy machine may not answer the third in time either.
    expect((await file.requests()).length).toBeGreaterThanOrEqual(3)
  })

  it('confirms the number of a task, which stays the same from then on', async () => {
    const { url } = await serve('numbered.bin', { size: 1000 })
    const session = keeping('numbered')
    const tasks = [1, 2, 3].map(() => session.downloadTask(url))
    for (const task of tasks.toReversed()) await task.resume().finished
    expect(new Set(tasks.map(({ identifier }) => identifier)).size).toBe(3)
    expect(Math.min(...tasks.map(({ identifier }) => identifier))).toBeGreaterThan(0)
  })

  it('has its keys to itself: the same key is free in another', async () => {
    const file = await serve('keys.bin', { size: 300_000, stallAfter: 1000 })
    const [one, other] = [keeping('keys'), keeping('keys')]
    const task = one.downloadTask(file.url, { key: 'film' }).resume()
    await reached(task, 1000)
    expect(() => one.downloadTask(file.url, { key: 'film' })).toThrow(expect.objectContaining({ code: 'duplicateKey' }))
    expect(other.downloadTask(file.url, { key: 'film' }).key).toBe('film')
  })

  it('tells in which state its tasks are: those that were resumed and are not complete', async () => {
    const file = await serve('listed.bin', { size: 300_000, stallAfter: 1000 })
    const session = keeping('listed')
    const idle = session.downloadTask(file.url)
    const running = session.downloadTask(file.url).resume()
    const paused = session.downloadTask(file.url).resume().suspend()
    expect(await session.tasks()).toEqual([running, paused])
    await until(running, () => running.progress.download.completed > 0)
    expect(idle.state).toBe('suspended')
    session.invalidateAndCancel()
    expect(await session.tasks()).toEqual([])
  })
})

describe('two background sessions with one identifier', () => {
  const inUse = { code: 'backgroundSessionInUseByAnotherProcess', number: -996 }

  it('are one too many: the second is told so, and has it once the first has ended', async () => {
    const file = await serve('second.bin', { size: 1000 })
    const shared = configuration('contested')
    const first = makeSession(shared)
    await first.tasks()
    const second = makeSession(shared)
    await expect(second.tasks()).rejects.toMatchObject(inUse)
    const error = await rejection(second.downloadTask(file.url).resume().finished)
    expect(error).toMatchObject({ ...inUse, url: file.url })
    expect((error as Error).message).toMatch(/close the other one, or use another identifier/)
    expect(await file.requests()).toEqual([])
    await first.close()
    expect(await second.tasks()).toEqual([])
    const { file: got } = await second.downloadTask(file.url).resume().finished
    expect(got.size).toBe(1000)
  })
})
