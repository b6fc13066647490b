/** An AbortSignal ends a task as it ends a fetch: with the signal's own reason. */
import { URLError } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { makeSession, origin, reached, rejection, serve } from '../support/session.ts'

describe('an aborted signal', () => {
  it('rejects a promise with its reason, and the task shows that it was cancelled', async () => {
    const file = await serve('aborted.bin', { size: 900_000, stallAfter: 100_000 })
    const controller = new AbortController()
    const completions: (string | undefined)[] = []
    const session = makeSession(undefined, { didComplete: (_task, error) => void completions.push(error?.code) })
    const promise = session.download(file.url, { signal: controller.signal })
    await reached(promise.task, 100_000)
    const reason = new Error('the user went away')
    controller.abort(reason)
    expect(promise.task.state).toBe('canceling')
    expect(await rejection(promise)).toBe(reason)
    expect(await rejection(promise.task.finished)).toBe(reason)
    expect(promise.task).toMatchObject({ state: 'completed', error: { code: 'cancelled', name: 'AbortError' } })
    expect(completions).toEqual(['cancelled'])
    await origin.when({ file: file.name, aborted: true })
  })

  it('without a reason of its own rejects with the platform’s AbortError', async () => {
    const file = await serve('plain-abort.bin', { size: 1000, beforeHead: 'stall' })
    const controller = new AbortController()
    const promise = makeSession().download(file.url, { signal: controller.signal })
    controller.abort()
    const error = await rejection(promise)
    expect(error).toBe(controller.signal.reason)
    expect(error).toMatchObject({ name: 'AbortError' })
    expect(URLError.is(error)).toBe(false)
  })

  it('that was aborted before the call asks for nothing', async () => {
    const file = await serve('before.bin', { size: 1000 })
    const session = makeSession()
    const reason = new Error('too late')
    const promise = session.download(file.url, { signal: AbortSignal.abort(reason) })
    expect(await rejection(promise)).toBe(reason)
    expect(promise.task.resume().state).toBe('completed')
    await session.download((await serve('other.bin', { size: 10 })).url)
    expect(await file.requests()).toEqual([])
  })

  it('ends a task that was never resumed, too', async () => {
    const controller = new AbortController()
    const task = makeSession().downloadTask((await serve('idle.bin', { size: 1 })).url, { signal: controller.signal })
    controller.abort('a reason need not be an error')
    expect(await rejection(task.finished)).toBe('a reason need not be an error')
  })

  it('changes nothing once the task is complete', async () => {
    const { url } = await serve('done.bin', { size: 1000 })
    const controller = new AbortController()
    const { task, ...rest } = makeSession().download(url, { signal: controller.signal })
    expect(rest).toEqual({})
    const { file } = await task.finished
    controller.abort()
    expect(task).toMatchObject({ state: 'completed', error: null })
    expect((await file.blob()).size).toBe(1000)
  })

  it('is not the reason when the task is cancelled by hand', async () => {
    const file = await serve('by-hand.bin', { size: 1000, beforeHead: 'stall' })
    const controller = new AbortController()
    const task = makeSession().downloadTask(file.url, { signal: controller.signal }).resume()
    task.cancel()
    await expect(task.finished).rejects.toMatchObject({ code: 'cancelled' })
    controller.abort('later')
    expect(task.error?.code).toBe('cancelled')
  })
})
