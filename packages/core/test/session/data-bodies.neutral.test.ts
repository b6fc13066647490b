/** The bodies of data tasks: whole, in a loop, coded, cut short, too long. */
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import {
  asked,
  desertedURL,
  inNode,
  makeSession,
  origin,
  quick,
  reached,
  rejection,
  serve,
} from '../support/session.ts'
import { textOf, turns } from './support/data.ts'

const text = 'All work and no play makes Jack a dull boy. '.repeat(20_000)

describe('`session.data()`', () => {
  it('resolves with body and head, for every status', async () => {
    const { url } = await serve('missing.bin', { size: 1, status: 404, text: 'There is no such thing.' })
    const promise = makeSession().data(url)
    const result = await promise
    expect(textOf(result)).toBe('There is no such thing.')
    expect(result.response).toMatchObject({ status: 404, ok: false, url })
    expect(promise.task).toMatchObject({ state: 'completed', error: null, response: result.response })
    expect(await promise.task.finished).toEqual(result)
  })

  it('resolves with a large body that is its caller’s own', async () => {
    const { url } = await serve('large.bin', { size: 5_000_000, seed: 6 })
    const { data } = await makeSession().data(url)
    expect(data).toEqual(contentAt(6, 0, 5_000_000))
  })

  it.each(['chunked', 'close'] as const)(
    'resolves with a body of %s framing, whose length nobody knew',
    async (framing) => {
      const { url } = await serve('framed.bin', { size: 300_000, seed: 3, framing })
      const { data, response } = await makeSession().data(url)
      expect(response.expectedContentLength).toBe(null)
      expect(data).toEqual(contentAt(3, 0, 300_000))
    },
  )

  it.each([200, 204, 304])('resolves with an empty body of a %i, which is not null', async (status) => {
    const { url } = await serve('empty.bin', { size: 0, status })
    const { data, response } = await makeSession().data({ url, cachePolicy: 'no-store' })
    expect(data).toEqual(new Uint8Array())
    expect(response.status).toBe(status)
  })

  it('resolves with no body for HEAD, and the length of what would have been one', async () => {
    const { url } = await serve('headed.bin', { size: 5000 })
    const { data, response } = await makeSession().data({ url, method: 'head' })
    expect(data.byteLength).toBe(0)
    expect(response.expectedContentLength).toBe(5000)
  })

  it('takes header lines without a space after the colon', async () => {
    const { url } = await serve('compact.bin', { size: 10, seed: 2, malformed: 'compact-header' })
    const { data } = await makeSession().data(url)
    // A body that came in one piece is a plain array of its own as well, and no view of a buffer that others share.
    expect(data).toEqual(contentAt(2, 0, 10))
    expect(data.buffer.byteLength).toBe(10)
  })

  it.each(['gzip', 'br', 'deflate'] as const)(
    'decodes %s, and does not take its length for the body’s',
    async (encoding) => {
      const file = await serve('encoded.txt', { body: text, encoding, contentType: 'text/plain' })
      const promise = makeSession().data(file.url)
      const result = await promise
      expect(textOf(result) === text).toBe(true)
      expect(result.response.expectedContentLength).toBe(null)
      expect(promise.task.progress.snapshot()).toMatchObject({ completed: text.length, total: text.length })
    },
  )

  it('asks for every coding it can undo, unless the caller does it himself or wants a part', async () => {
    const file = await serve('asked.bin', { size: 100 })
    const session = makeSession()
    await session.data({ url: file.url, cachePolicy: 'no-store' })
    await session.fetch(file.url, { cache: 'no-store' }).then((response) => response.text())
    expect((await file.requests()).map(({ headers }) => headers['accept-encoding'])).toEqual([
      expect.stringMatching(/^gzip, deflate, br\b/),
      expect.stringMatching(/^gzip, deflate, br\b/),
    ])
    if (!inNode) return
    await session.data({ url: file.url, headers: { 'accept-encoding': 'gzip' } })
    await session.data({ url: file.url, headers: { range: 'bytes=0-9' } })
    await session.download(file.url)
    expect((await file.requests()).slice(2).map(({ headers }) => headers['accept-encoding'])).toEqual([
      'gzip',
      'identity',
      'identity',
    ])
  })

  it('rejects with what was lost when the connection breaks, once', async () => {
    const file = await serve('cut.bin', { size: 100, stallAfter: 5, etag: 'none' })
    const promise = makeSession(quick).data(file.url)
    const told = rejection(promise)
    await reached(promise.task, 5)
    await file.releaseStalls('cut')
    expect(await told).toMatchObject({ code: 'networkConnectionLost', number: -1005, bytesTransferred: 5 })
    // What has begun to arrive is not asked for again: somebody may have seen it.
    expect(await file.requests()).toHaveLength(1)
    expect(promise.task.metrics?.transactions).toMatchObject([
      { status: 200, bytes: 5, error: 'networkConnectionLost' },
    ])
  })

  it.runIf(inNode)('rejects a compressed body that was cut, though its Content-Length agrees', async () => {
    const { url } = await serve('cut.txt', { body: text, encoding: 'gzip', encodingCut: 40 })
    expect(await rejection(makeSession(quick).data(url))).toMatchObject({ code: 'cannotDecodeContentData' })
  })
})

describe('maximumSize', () => {
  it('refuses a longer answer by its head, and takes one of just that length', async () => {
    const file = await serve('sized.bin', { size: 900_000, stallAfter: 100_000 })
    const session = makeSession(quick)
    const error = await rejection(session.data(file.url, { maximumSize: 899_999 }))
    expect(error).toMatchObject({ code: 'dataLengthExceedsMaximum', number: -1103, bytesTransferred: 0 })
    await origin.when({ file: file.name, aborted: true })
    await file.behaveWell()
    expect((await session.data(file.url, { maximumSize: 900_000 })).data.byteLength).toBe(900_000)
  })

  it('refuses one whose length nobody knew where it gets too long', async () => {
    const file = await serve('endless.bin', { size: 900_000_000, framing: 'chunked' })
    const promise = makeSession(quick).data(file.url, { maximumSize: 200_000 })
    expect(await rejection(promise)).toMatchObject({ code: 'dataLengthExceedsMaximum' })
    await origin.when({ file: file.name, aborted: true })
  })

  it('counts decoded bytes', async () => {
    const { url } = await serve('bomb.txt', { body: text, encoding: 'gzip' })
    const error = await rejection(makeSession(quick).data(url, { maximumSize: 100_000 }))
    expect(error).toMatchObject({ code: 'dataLengthExceedsMaximum' })
  })

  it('gives the connection back: with one alone, the next request goes through', async () => {
    const session = makeSession({ ...quick, connectionsPerHost: 1 })
    const long = await serve('too-long.bin', { size: 900_000_000 })
    const chunked = await serve('too-long.bin', { size: 900_000_000, framing: 'chunked' })
    for (const { url } of [long, chunked]) await rejection(session.data(url, { maximumSize: 10 }))
    for (const { url } of [long, chunked]) {
      const told = rejection(session.fetch(url, { maximumSize: 10 }).then((response) => response.text()))
      expect(await told).toMatchObject({ name: 'TypeError', cause: { code: 'dataLengthExceedsMaximum' } })
    }
    expect((await session.data((await serve('next.bin', { size: 10 })).url)).data.byteLength).toBe(10)
  })
})

describe('`session.bytes()`', () => {
  it('resolves before the body has ended, and gives all of it in order', async () => {
    const file = await serve('dripping.bin', { size: 300_000, seed: 7, stallAfter: 1000 })
    const kept: Uint8Array[] = []
    const promise = makeSession().bytes(file.url)
    const { bytes, response } = await promise
    expect(response.status).toBe(200)
    expect((await file.requests())[0]?.endedAt).toBe(null)
    for await (const chunk of bytes) {
      kept.push(chunk)
      if (promise.task.progress.snapshot().completed === 1000) await file.releaseStalls()
    }
    // Chunks that are kept stay what they were, and are no more than they seem.
    expect(kept.flatMap((chunk) => [...chunk])).toEqual([...contentAt(7, 0, 300_000)])
    for (const chunk of kept)
      expect([chunk.constructor, chunk.buffer.byteLength]).toEqual([Uint8Array, chunk.byteLength])
    expect((await promise.task.finished).data.byteLength).toBe(0)
    expect(promise.task).toMatchObject({ state: 'completed', error: null })
  })

  it('ends the request where its loop is left', async () => {
    const file = await serve('left.bin', { size: 900_000, stallAfter: 1000 })
    const promise = makeSession().bytes(file.url)
    for await (const chunk of (await promise).bytes) {
      expect(chunk.byteLength).toBeGreaterThan(0)
      break
    }
    await origin.when({ file: file.name, aborted: true })
    expect(await rejection(promise.task.finished)).toMatchObject({ code: 'cancelled' })
  })

  it('pulls: what nobody takes slows the server down', async () => {
    const file = await serve('pulled.bin', { size: 200_000_000 })
    const { bytes } = await makeSession().bytes(file.url)
    for await (const chunk of bytes) {
      expect(chunk.byteLength).toBeGreaterThan(0)
      await turns(100)
      const [request] = await file.requests()
      expect(request?.endedAt).toBe(null)
      expect(request?.bytesSent).toBeLessThan(150_000_000)
      break
    }
  })

  it('rejects, and so does its loop, with what went wrong', async () => {
    const session = makeSession({ retry: { attempts: 1 } })
    const dead = await serve('dead.bin', { size: 10, beforeHead: 'reset' })
    const promise = session.bytes(dead.url)
    expect(await rejection(promise)).toBe(promise.task.error)
    const file = await serve('cut.bin', { size: 100, stallAfter: 5, etag: 'none' })
    const { bytes } = await session.bytes(file.url)
    let length = 0
    const loop = async (): Promise<void> => {
      for await (const chunk of bytes) {
        length += chunk.byteLength
        await file.releaseStalls('cut')
      }
    }
    expect(await rejection(loop())).toMatchObject({ code: 'networkConnectionLost' })
    expect(length).toBe(5)
  })

  it('of a task whose body is taken already is refused', async () => {
    const { url } = await serve('taken.bin', { size: 10 })
    const promise = makeSession().data(url)
    const loop = async (): Promise<void> => {
      for await (const _ of promise.task) expect.fail('it has bytes')
    }
    expect(await rejection(loop())).toBeInstanceOf(TypeError)
    expect((await promise).data.byteLength).toBe(10)
    expect(await rejection(loop())).toBeInstanceOf(TypeError)
  })

  it('of a task that went its own way is refused, while it goes and when it is over', async () => {
    const file = await serve('gone.bin', { size: 10, stallAfter: 5 })
    const tasks = [undefined, { dedupe: true }, { delegate: { didReceiveData: () => {} } }].map((options) =>
      makeSession().dataTask(file.url, options).resume(),
    )
    for (const task of tasks) {
      const loop = async (): Promise<void> => {
        for await (const _ of task) expect.fail('it has bytes')
      }
      await reached(task, 5)
      expect(await rejection(loop())).toBeInstanceOf(TypeError)
    }
    await origin.when({ file: file.name, bytesSent: 5 })
    await file.releaseStalls()
    for (const task of tasks) {
      await task.finished
      expect(await rejection(task[Symbol.asyncIterator]().next())).toBeInstanceOf(TypeError)
    }
    // One that failed has its error to tell.
    const failed = makeSession({ retry: { attempts: 1 } })
      .dataTask(await desertedURL())
      .resume()
    const error = await rejection(failed.finished)
    expect(await rejection(failed[Symbol.asyncIterator]().next())).toBe(error)
  })
})

describe('an aborted signal', () => {
  it('rejects whatever waits with its reason: before, during and after the head', async () => {
    const reason = new Error('the user went away')
    const session = makeSession(quick)
    const unasked = await serve('unasked.bin', { size: 10 })
    const signal = AbortSignal.abort(reason)
    expect(await rejection(session.data(unasked.url, { signal }))).toBe(reason)
    expect(await rejection(session.bytes(unasked.url, { signal }))).toBe(reason)
    expect(await unasked.requests()).toEqual([])

    for (const send of [session.data.bind(session), session.bytes.bind(session)]) {
      const silent = await serve('silent.bin', { size: 10, beforeHead: 'stall' })
      const controller = new AbortController()
      const promise = send(silent.url, { signal: controller.signal })
      await asked(silent)
      controller.abort(reason)
      expect(await rejection(promise)).toBe(reason)
      expect(promise.task.error).toMatchObject({ code: 'cancelled' })
    }

    const middle = await serve('middle.bin', { size: 900_000, stallAfter: 1000 })
    const controller = new AbortController()
    const whole = session.data(middle.url, { signal: controller.signal })
    const { bytes } = await session.bytes(middle.url, { signal: controller.signal })
    await reached(whole.task, 1000)
    const loop = async (): Promise<void> => {
      for await (const chunk of bytes) if (chunk.byteLength > 0) controller.abort(reason)
    }
    expect(await rejection(loop())).toBe(reason)
    expect(await rejection(whole)).toBe(reason)
  })

  it('changes nothing once the task is complete', async () => {
    const controller = new AbortController()
    const promise = makeSession().data((await serve('done.bin', { size: 10 })).url, { signal: controller.signal })
    await promise
    controller.abort()
    expect(promise.task).toMatchObject({ state: 'completed', error: null })
  })
})
