/** What a failure says: a code, a name that code written for fetch knows, the place, the URL without secrets, what to do. */
import { URLError } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { breakAt, desertedURL, inNode, makeSession, quick, reached, rejection, serve } from '../support/session.ts'

const once = { retry: { attempts: 1 } } as const

async function failure(promise: Promise<unknown>): Promise<URLError> {
  const error = await rejection(promise)
  expect(URLError.is(error)).toBe(true)
  expect(error).toBeInstanceOf(Error)
  expect(error).toBeInstanceOf(URLError)
  return error as URLError
}

describe('an error', () => {
  it.runIf(inNode)('names the platform’s own cause: a host that does not exist', async () => {
    const error = await failure(makeSession(once).download('https://does-not-exist.invalid/film.mp4'))
    // Without any network, the name server cannot be asked.
    expect(['cannotFindHost', 'dnsLookupFailed']).toContain(error.code)
    expect(error).toMatchObject({
      phase: 'connect',
      retryable: true,
      attempts: 1,
      opaque: false,
      candidates: [],
      status: null,
    })
    expect([-1003, -1006]).toContain(error.number)
    expect(error.message).toMatch(/^https:\/\/does-not-exist\.invalid\/film\.mp4 could not /)
  })

  it.runIf(inNode)('names the platform’s own cause: nobody listens', async () => {
    const url = await desertedURL()
    const error = await failure(makeSession(once).download(url))
    expect(error).toMatchObject({
      code: 'cannotConnectToHost',
      number: -1004,
      name: 'URLError',
      url,
      phase: 'connect',
      bytesTransferred: 0,
    })
    expect(error.message).toMatch(/ECONNREFUSED.*check that the server is running.*\[cannotConnectToHost\]$/)
    expect(String(error.cause)).toContain('ECONNREFUSED')
  })

  it.skipIf(inNode)('says that the browser hides the cause, and what it may have been', async () => {
    const url = await desertedURL()
    const error = await failure(makeSession(once).download(url))
    expect(error).toMatchObject({
      code: 'opaqueNetworkFailure',
      number: null,
      name: 'URLError',
      opaque: true,
      phase: 'connect',
      url,
    })
    expect(error.candidates).toEqual(
      expect.arrayContaining(['cannotFindHost', 'cannotConnectToHost', 'networkConnectionLost']),
    )
    expect(error.message).toMatch(/CORS headers/)
  })

  it.skipIf(inNode)('of an answer that CORS keeps from us is opaque too', async () => {
    const { url } = await serve('closed.bin', { size: 10, cors: 'none' })
    const error = await failure(makeSession(once).download(url))
    expect(error).toMatchObject({ code: 'opaqueNetworkFailure', opaque: true })
    expect(error.message).toMatch(/another origin.*CORS/)
  })

  it('of a cancelled task is named as fetch names it', async () => {
    const task = makeSession().downloadTask((await serve('cancelled.bin', { size: 10 })).url)
    task.cancel()
    const error = await failure(task.finished)
    expect(error).toMatchObject({ name: 'AbortError', code: 'cancelled', number: -999, retryable: false })
  })

  it('of a time that ran out is named as fetch names it', async () => {
    const { url } = await serve('late.bin', { size: 10, beforeHead: 'stall' })
    const error = await failure(makeSession({ timeout: { request: 100 } }).download(url))
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'timedOut', number: -1001, url })
    expect(error.message).toContain('nothing arrived for 100 ms')
  })

  it('of a broken connection tells how far it came and how often it tried', async () => {
    const file = await serve('broken.bin', { size: 400_000 })
    await file.nextResponses([{ stallAfter: 100_000 }])
    const task = makeSession({ retry: { ...quick.retry, attempts: 2 } })
      .downloadTask(file.url)
      .resume()
    await reached(task, 100_000)
    await file.behave({ beforeHead: 'reset' })
    await breakAt(task, file, 100_000)
    const error = await failure(task.finished)
    expect(error).toMatchObject({
      code: inNode ? 'networkConnectionLost' : 'opaqueNetworkFailure',
      phase: inNode ? 'response' : 'connect',
      retryable: true,
      bytesTransferred: 100_000,
      resumeData: { received: 100_000 },
      // The one that brought bytes, and two in a row that brought none.
      attempts: 3,
    })
    expect(error.attempts).toBe(task.metrics?.transactions.length)
  })

  it('shows no user, no password and no value of a query', async () => {
    const { url } = await serve('secret.bin', { size: 10, beforeHead: 'reset' })
    const secret = url.replace('://', '://user:pa55word@')
    const error = await failure(makeSession(once).download(`${secret}?token=t0psecret&id=7#fragment`))
    expect(error.message).toContain(`${url}?…`)
    expect(error.message).not.toMatch(/pa55word|t0psecret|user:|fragment/)
    expect(error.url).not.toContain('pa55word')
    expect(JSON.stringify(error.toRecord())).not.toMatch(/pa55word/)
  })

  it('is the same on the task, in its delegate, and in its promise', async () => {
    const { url } = await serve('same.bin', { size: 10, beforeHead: 'reset' })
    const told: unknown[] = []
    const session = makeSession(once, { didComplete: (_task, error) => void told.push(error) })
    const task = session.downloadTask(url).resume()
    const error = await failure(task.finished)
    expect(task.error).toBe(error)
    expect(told).toEqual([error])
  })

  it('can be told from any other, and survives being made into a record', async () => {
    const { url } = await serve('record.bin', { size: 10, beforeHead: 'reset' })
    const error = await failure(makeSession(once).download(url))
    const again = URLError.fromRecord(structuredClone(error.toRecord()))
    expect(again).toMatchObject({ code: error.code, message: error.message, url, attempts: 1, name: error.name })
    expect(
      [again, null, undefined, 7, 'x', {}, new Error('x'), new DOMException('x', 'AbortError')].map(URLError.is),
    ).toEqual([true, false, false, false, false, false, false, false])
  })

  it('of a task that nobody waits for is seen by nobody, and harms nobody', async () => {
    const { url } = await serve('ignored.bin', { size: 10, beforeHead: 'reset' })
    const session = makeSession(once)
    const task = session.downloadTask(url).resume()
    for await (const _ of task.progress);
    await session.close()
    expect(task.state).toBe('completed')
  })
})
