/** `session.fetch` fails as the platform's own fetch does, and says more. */
import { URLError } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { asked, desertedURL, inNode, makeSession, origin, quick, rejection, serve } from '../support/session.ts'
import { echoURL } from './support/data.ts'

type Fetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>
const platform: Fetch = (input, init) => fetch(input, init)
const senders = (): Fetch[] => [makeSession(quick).fetch, platform]

describe('an aborted fetch rejects with the signal’s own reason', () => {
  const reason = new Error('the user went away')

  it('before anything was sent, also by its Request', async () => {
    const file = await serve('unasked.bin', { size: 10 })
    const signal = AbortSignal.abort(reason)
    for (const send of senders()) {
      expect(await rejection(send(file.url, { signal }))).toBe(reason)
      expect(await rejection(send(new Request(file.url, { signal })))).toBe(reason)
    }
    expect(await file.requests()).toEqual([])
  })

  it('before the head', async () => {
    for (const send of senders()) {
      const file = await serve('silent.bin', { size: 10, beforeHead: 'stall' })
      const controller = new AbortController()
      const told = rejection(send(file.url, { signal: controller.signal }))
      await asked(file)
      controller.abort(reason)
      expect(await told).toBe(reason)
      await origin.when({ file: file.name, aborted: true })
    }
  })

  it('while the body is read, however it is read', async () => {
    const ways: ((response: Response) => Promise<unknown>)[] = [
      (response) => response.text(),
      (response) => response.clone().json(),
      async (response) => {
        for await (const _ of response.body as unknown as AsyncIterable<Uint8Array>);
      },
    ]
    for (const send of senders())
      for (const read of ways) {
        const file = await serve('middle.bin', { size: 900_000, stallAfter: 1000 })
        const controller = new AbortController()
        const told = rejection(read(await send(file.url, { signal: controller.signal })))
        await origin.when({ file: file.name, bytesSent: 1000 })
        controller.abort(reason)
        expect(await told).toBe(reason)
        await origin.when({ file: file.name, aborted: true })
      }
  })

  it('between head and body', async () => {
    for (const send of senders()) {
      const file = await serve('between.bin', { size: 900_000, stallAfter: 1000 })
      const controller = new AbortController()
      const response = await send(file.url, { signal: controller.signal })
      controller.abort(reason)
      const told = await rejection(response.arrayBuffer())
      // Node's own gives another AbortError here.
      if (send === platform && inNode) expect(told).toMatchObject({ name: 'AbortError' })
      else expect(told).toBe(reason)
      await origin.when({ file: file.name, aborted: true })
    }
  })

  it('and without one of its own with the platform’s', async () => {
    const file = await serve('plain.bin', { size: 10, beforeHead: 'stall' })
    for (const send of senders()) {
      const controller = new AbortController()
      const told = rejection(send(file.url, { signal: controller.signal }))
      controller.abort()
      expect(await told).toBe(controller.signal.reason)
    }
    const told = await rejection(makeSession(quick).fetch(file.url, { signal: AbortSignal.timeout(1) }))
    expect(told).toMatchObject({ name: 'TimeoutError' })
    expect(told).toBeInstanceOf(DOMException)
  })

  it('and is no matter once the body was read', async () => {
    const controller = new AbortController()
    const response = await makeSession().fetch(echoURL, { signal: controller.signal })
    await response.text()
    controller.abort()
    expect(response.status).toBe(200)
  })
})

describe('a fetch that fails', () => {
  it('is a TypeError for a request there cannot be', async () => {
    const inputs: [string, RequestInit?][] = [
      ['https://['],
      ['unknown://a.test/'],
      [echoURL, { body: 'x' }],
      [echoURL, { method: 'TRACE' }],
      [echoURL, { headers: { 'a b': 'c' } }],
      [echoURL, { method: 'a b' }],
    ]
    for (const send of senders())
      for (const [input, init] of inputs) expect(await rejection(send(input, init))).toBeInstanceOf(TypeError)
    const error = await rejection(makeSession().fetch('https://['))
    expect(error).toMatchObject({ cause: { code: 'badURL' } })
    expect(await rejection(makeSession().fetch('http://a.test/'))).toMatchObject({
      name: 'TypeError',
      cause: { code: 'appTransportSecurityRequiresSecureConnection' },
    })
    expect(await rejection(makeSession().fetch(echoURL, { maximumSize: -1 }))).toBeInstanceOf(TypeError)
  })

  it('is a TypeError for a network that does not work, with what happened as its cause', async () => {
    const url = await desertedURL()
    for (const send of senders()) expect(await rejection(send(url))).toBeInstanceOf(TypeError)
    const { cause } = (await rejection(makeSession(quick).fetch(url))) as TypeError
    expect(URLError.is(cause)).toBe(true)
    expect(cause).toMatchObject({ code: inNode ? 'cannotConnectToHost' : 'opaqueNetworkFailure', attempts: 3, url })
  })

  it('is a TypeError for a body that breaks off, however it is read', async () => {
    const ways: ((response: Response) => Promise<unknown>)[] = [
      (response) => response.arrayBuffer(),
      async (response) => {
        for await (const _ of response.body as unknown as AsyncIterable<Uint8Array>);
      },
    ]
    for (const send of senders())
      for (const read of ways) {
        const file = await serve('cut.bin', { size: 100, stallAfter: 5, etag: 'none' })
        const told = rejection(read(await send(file.url)))
        await file.releaseStalls('cut')
        const error = await told
        expect(error).toBeInstanceOf(TypeError)
        if (send !== platform) expect(error).toMatchObject({ cause: { code: 'networkConnectionLost', number: -1005 } })
      }
  })

  it('by its time is named TimeoutError: before the head, and in the body', async () => {
    const silent = await serve('silent.bin', { size: 10, beforeHead: 'stall' })
    const session = makeSession({ ...quick, timeout: { request: 50 } })
    const error = await rejection(session.fetch(silent.url, { retry: false }))
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'timedOut', number: -1001, attempts: 1 })
    const stalled = await serve('stalled.bin', { size: 100, stallAfter: 5, etag: 'none' })
    for (const read of [
      (response: Response): Promise<unknown> => response.text(),
      (response: Response): Promise<unknown> => response.clone().text(),
    ])
      expect(await rejection(read(await session.fetch(stalled.url)))).toMatchObject({ name: 'TimeoutError' })
    await origin.when({ file: stalled.name, aborted: true })
  })

  it('does not by the time it takes its reader to begin', async () => {
    const file = await serve('patient.bin', { size: 100 })
    const other = await serve('other.bin', { size: 10, beforeHead: 'stall' })
    const session = makeSession({ ...quick, timeout: { request: 50 } })
    const response = await session.fetch(file.url)
    // Longer than that, measured by another request of the same session.
    await rejection(session.fetch(other.url, { retry: false }))
    await rejection(session.fetch(other.url, { retry: false }))
    expect((await response.arrayBuffer()).byteLength).toBe(100)
  })
})

describe('a fetch’s task', () => {
  it('is one of the session’s until the body was read, or given up', async () => {
    const session = makeSession(quick)
    const file = await serve('held.bin', { size: 900_000, stallAfter: 1000 })
    const response = await session.fetch(file.url, { description: 'mine', priority: 0.9 })
    const [task] = await session.tasks('data')
    expect(task).toMatchObject({ kind: 'data', description: 'mine', priority: 0.9, state: 'running' })
    await response.body?.cancel()
    expect(await session.tasks()).toEqual([])
    await origin.when({ file: file.name, aborted: true })
    await rejection(task?.finished ?? Promise.resolve())

    const whole = await session.fetch((await serve('whole.bin', { size: 5000 })).url)
    const [second] = await session.tasks('data')
    await whole.arrayBuffer()
    await second?.finished
    expect(second).toMatchObject({ state: 'completed', error: null })
    expect(second?.metrics?.transactions).toMatchObject([{ status: 200, bytes: 5000 }])
    expect(second?.progress.snapshot()).toMatchObject({ completed: 5000, total: 5000 })
    for (const status of [200, 204]) {
      const { url } = await serve('bodiless.bin', { size: 10, status })
      await session.fetch(url, { method: status === 200 ? 'HEAD' : 'GET' })
      // Its end is told in its turn, which is soon: what is still listed then is waited for.
      const [third] = await session.tasks('data')
      await third?.finished
    }
    expect(await session.tasks()).toEqual([])
  })

  it('ends when one of two copies was read, though the other was not', async () => {
    const session = makeSession(quick)
    const response = await session.fetch((await serve('copied.bin', { size: 300_000 })).url)
    const [task] = await session.tasks('data')
    const copy = response.clone()
    expect((await copy.arrayBuffer()).byteLength).toBe(300_000)
    await task?.finished
    expect((await response.arrayBuffer()).byteLength).toBe(300_000)
  })

  it('is tried again as the session says, which fetch itself never does', async () => {
    const file = await serve('busy.txt', { body: 'at last' })
    await file.nextResponses([{ status: 503 }, { status: 429, retryAfter: 0 }])
    expect(await (await makeSession(quick).fetch(file.url, { cache: 'no-store' })).text()).toBe('at last')
    await file.nextResponses([{ status: 503, text: 'Not now.' }])
    const response = await makeSession(quick).fetch(file.url, { retry: false, cache: 'no-store' })
    expect([response.status, await response.text()]).toEqual([503, 'Not now.'])
  })
})
