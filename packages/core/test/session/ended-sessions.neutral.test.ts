/** What is left of a session that has ended, and that the shared one does not end. */
import { URLSession } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { makeSession, origin, reached, serve } from '../support/session.ts'

const refused = expect.objectContaining({ code: 'sessionInvalid', phase: 'setup', retryable: false })

describe('a session that has ended', () => {
  it('is let go of by `close()`, which resolves after the last call, also the second time', async () => {
    const file = await serve('closing.bin', { size: 600_000, stallAfter: 100_000 })
    const calls: string[] = []
    const session = makeSession(undefined, {
      didBecomeInvalid: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        calls.push('didBecomeInvalid is through')
      },
    })
    const task = session.downloadTask(file.url).resume()
    await reached(task, 100_000)
    await Promise.all([session.close(), session.close()])
    expect(calls).toEqual(['didBecomeInvalid is through'])
    expect(task.state).toBe('completed')
    await session.close()
    expect(calls).toHaveLength(1)
  })

  it('is one that `await using` has left', async () => {
    const file = await serve('using.bin', { size: 600_000, stallAfter: 100_000 })
    const left: URLSession[] = []
    {
      await using session = makeSession()
      left.push(session)
      await reached(session.downloadTask(file.url).resume(), 100_000)
    }
    expect(() => left[0]?.downloadTask(file.url)).toThrow(refused)
    await origin.when({ file: file.name, aborted: true })
  })

  it('flushes, and tells of itself, without complaint', async () => {
    const session = makeSession()
    await session.close()
    await session.flush()
    expect(await session.tasks()).toEqual([])
    expect(session.capabilities.redirects).toMatch(/each-hop|final-only/)
    expect(session.configuration.kind).toBe('default')
  })
})

describe('the shared session', () => {
  it('is one, has no delegate, and does not end', async () => {
    const { url } = await serve('shared.bin', { size: 1000 })
    const { shared } = URLSession
    expect(URLSession.shared).toBe(shared)
    expect(shared.delegate).toBe(null)
    shared.finishTasksAndInvalidate()
    shared.invalidateAndCancel()
    await shared.close()
    const { file } = await shared.download(url)
    expect((await file.blob()).size).toBe(1000)
    await file.remove()
  })
})
