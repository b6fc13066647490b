/** Pausing, going on and cancelling at moments nobody thought of. */
import type { DownloadTask } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { SeededChance } from '../../../testing/src/fakes/fixed-chance.ts'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { bytesOf, makeSession, origin, quick, rangesOf, reached, rejection, serve, until } from '../support/session.ts'

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

describe('a task that is paused and goes on', () => {
  it.each([1, 2, 3, 4, 5])(
    'again and again, at moments chosen by chance (seed %i), brings the whole file',
    async (seed) => {
      const chance = new SeededChance(seed)
      const file = await serve('toggled.bin', { size: 700_000, seed, bytesPerSecond: 3_000_000 })
      const task = makeSession(quick).downloadTask(file.url)
      for (let step = 0; step < 40 && task.state !== 'completed'; step++) {
        if (chance.next() < 0.5) task.resume()
        else task.suspend()
        if (chance.next() < 0.5) await turn()
      }
      while (task.state === 'suspended') task.resume()
      const { file: got } = await task.finished
      expect(await bytesOf(await got.blob())).toEqual(contentAt(seed, 0, 700_000))
    },
  )

  it('before its engine knows of it, does as it was told last', async () => {
    const file = await serve('early.bin', { size: 1000 })
    const session = makeSession()
    const paused = session.downloadTask(file.url).resume().suspend()
    const running = session.downloadTask(file.url).resume().suspend().resume()
    await running.finished
    expect(paused.state).toBe('suspended')
    expect(await file.requests()).toHaveLength(1)
    await paused.resume().finished
  })

  it('while it waits to be tried again, goes on at once when it is resumed', async () => {
    const file = await serve('waiting.bin', { size: 1000 })
    await file.nextResponses([{ status: 503, retryAfter: 3600 }])
    const task = makeSession().downloadTask(file.url).resume()
    await until(task, () => task.waitingFor === 'retry')
    task.suspend()
    expect(task.waitingFor).toBe(null)
    task.resume()
    await task.finished
  })
})

describe('resume data', () => {
  it('can be had of a task that is suspended', async () => {
    const file = await serve('suspended.bin', { size: 600_000, seed: 7, stallAfter: 200_000 })
    const session = makeSession()
    const task = session.downloadTask(file.url).resume()
    await reached(task, 200_000)
    const resumeData = (await task.suspend().cancelProducingResumeData()) ?? expect.fail('there is none')
    expect(resumeData.received).toBe(200_000)
    await file.behaveWell()
    const { file: got } = await session.download(resumeData)
    expect(await bytesOf(await got.blob())).toEqual(contentAt(7, 0, 600_000))
  })

  it('can be had of a task that waits to be tried again', async () => {
    const file = await serve('broken.bin', { size: 600_000, seed: 8 })
    await file.nextResponses([{ stallAfter: 200_000 }, { status: 503, retryAfter: 3600 }])
    const session = makeSession(quick)
    const task = session.downloadTask(file.url).resume()
    await reached(task, 200_000)
    await file.releaseStalls('reset')
    await until(task, () => task.waitingFor === 'retry' && task.warnings.length === 2)
    const resumeData = (await task.cancelProducingResumeData()) ?? expect.fail('there is none')
    expect(resumeData.received).toBe(200_000)
    await session.download(resumeData)
    expect((await rangesOf(file)).at(-1)).toBe('bytes=200000-')
  })

  it('can be had again of a task that was made from it and has not begun', async () => {
    const [file, busy] = [
      await serve('first.bin', { size: 600_000, seed: 9, stallAfter: 200_000 }),
      await serve('busy.bin', { size: 10, beforeHead: 'stall' }),
    ]
    const session = makeSession({ connectionsPerHost: 1 })
    const task = session.downloadTask(file.url).resume()
    await reached(task, 200_000)
    const first = (await task.cancelProducingResumeData()) ?? expect.fail('there is none')
    session.downloadTask(busy.url).resume()
    const queued = session.downloadTask(first).resume()
    await until(queued, () => queued.waitingFor === 'slot')
    const second = await queued.cancelProducingResumeData()
    expect(second?.received).toBe(200_000)
    expect(second?.token).not.toBe(first.token)
  })

  it('comes to whoever asks first, and the second asks in vain', async () => {
    const file = await serve('twice.bin', { size: 600_000, stallAfter: 200_000 })
    const task = makeSession().downloadTask(file.url).resume()
    await reached(task, 200_000)
    const [first, second] = await Promise.all([task.cancelProducingResumeData(), task.cancelProducingResumeData()])
    expect(first?.received).toBe(200_000)
    expect(second === null || second.token === first?.token).toBe(true)
    await rejection(task.finished)
    expect(await task.cancelProducingResumeData()).toEqual(first)
  })
})

describe('a delegate', () => {
  it('may pause, resume and cancel its own task', async () => {
    const file = await serve('handled.bin', { size: 600_000, stallAfter: 200_000 })
    const session = makeSession(undefined, {
      didWriteData(task, _written, total) {
        task.suspend().resume()
        if (total === 200_000) task.cancel()
      },
    })
    await expect(session.downloadTask(file.url).resume().finished).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('that cancels is obeyed, though the file may be there already', async () => {
    const file = await serve('too-late.bin', { size: 200_000 })
    const handed: unknown[] = []
    const session = makeSession(undefined, {
      async didWriteData(task) {
        // The delegate holds up the news; meanwhile the last byte arrives.
        await origin.when({ file: file.name, ended: true })
        await (await session.files.list())[0]?.blob()
        task.cancel()
      },
      didFinishDownloading: (_task, got) => void handed.push(got),
    })
    await expect(session.downloadTask(file.url).resume().finished).rejects.toMatchObject({ code: 'cancelled' })
    expect(handed).toEqual([])
  })

  it('that cancels and keeps the bytes has the whole file in its resume data, and may use it at once', async () => {
    const file = await serve('too-late-to-lose.bin', { size: 200_000, seed: 10 })
    const next = { made: false, ...Promise.withResolvers<DownloadTask>() }
    const session = makeSession(undefined, {
      async didWriteData(task) {
        await origin.when({ file: file.name, ended: true })
        await (await session.files.list())[0]?.blob()
        if (next.made) return
        next.made = true
        const resumeData = (await task.cancelProducingResumeData()) ?? expect.fail('there is none')
        next.resolve(session.downloadTask(resumeData).resume())
      },
    })
    const task = session.downloadTask(file.url).resume()
    await expect(task.finished).rejects.toMatchObject({ code: 'cancelled' })
    const { file: got } = await (await next.promise).finished
    expect(await bytesOf(await got.blob())).toEqual(contentAt(10, 0, 200_000))
  })

  it('that cancels when it has the file already has it', async () => {
    const file = await serve('handed-over.bin', { size: 1000 })
    const session = makeSession(undefined, { didFinishDownloading: (task) => task.cancel() })
    const { file: got } = await session.downloadTask(file.url).resume().finished
    expect(got.size).toBe(1000)
  })

  it('may start the next task from within', async () => {
    const { url } = await serve('chained.bin', { size: 1000 })
    const done: number[] = []
    const third = Promise.withResolvers<void>()
    const session = makeSession(undefined, {
      didComplete(task) {
        done.push(task.identifier)
        if (done.length < 3) session.downloadTask(url).resume()
        else third.resolve()
      },
    })
    session.downloadTask(url).resume()
    await third.promise
    expect(done).toEqual([1, 2, 3])
  })
})
