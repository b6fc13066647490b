/** Events, lines and JSON as a session gives them: what is sent for each connection, and what becomes of it. */
import { SessionConfiguration } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, origin, quick, rejection, serve } from '../support/session.ts'
import { collect, encode } from './support/pieces.ts'

const stream = { contentType: 'text/event-stream', framing: 'chunked' } as const
const one = 'retry: 1\nid: a1\ndata: first\n\n'
const data = async (source: AsyncIterable<{ data: string }>): Promise<string[]> =>
  (await collect(source)).map((event) => event.data)

describe('events of a session', () => {
  it('are asked for as such, connection after connection, each behind the last, past every cache', async () => {
    const file = await serve('events', { body: one, ...stream, headers: { 'Cache-Control': 'max-age=600' } })
    await file.nextResponses([{}, {}, { status: 204 }])
    const session = makeSession({ ...quick, headers: { 'x-app': 'atlas' } })
    expect(
      await data(session.events({ url: file.url, headers: { 'x-own': '1' }, cachePolicy: 'force-cache' })),
    ).toEqual(['first', 'first'])
    const sent = (await file.requests()).map(({ headers }) => headers)
    expect(sent.map((headers) => headers['last-event-id'])).toEqual([undefined, 'a1', 'a1'])
    for (const headers of sent)
      expect(headers).toMatchObject({ accept: 'text/event-stream', 'x-app': 'atlas', 'x-own': '1' })
  })

  it('are asked for with the caller’s Accept, where he gives one', async () => {
    const file = await serve('events', { body: one, ...stream })
    await file.nextResponses([{ status: 204 }])
    await data(makeSession().events({ url: file.url, headers: { accept: 'text/event-stream;v=2' } }))
    expect((await file.requests())[0]?.headers['accept']).toBe('text/event-stream;v=2')
  })

  it('are asked for by POST on every connection, also by a Request, whose body is read once', async () => {
    const file = await serve('events', { body: one, ...stream })
    for (const request of [
      { url: file.url, method: 'POST', body: 'question' },
      new Request(file.url, { method: 'POST', body: 'question' }),
    ]) {
      await file.nextResponses([{}, {}, { status: 204 }])
      expect(await data(makeSession(quick).events(request))).toEqual(['first', 'first'])
    }
    const sent = (await file.requests()).map(({ method, bytesReceived, headers }) =>
      [method, bytesReceived, headers['content-type']].join(' '),
    )
    expect(sent.slice(0, 3)).toEqual(Array(3).fill('POST 8 application/x-www-form-urlencoded'))
    expect(sent.slice(3)).toEqual(Array(3).fill('POST 8 text/plain;charset=UTF-8'))
  })

  it.runIf(inNode)('end where the body was a stream, which is gone', async () => {
    const file = await serve('events', { body: one, ...stream })
    const body = new Blob(['question']).stream()
    const source = makeSession(quick).events({ url: file.url, method: 'POST', body })
    expect((await source.next()).value).toMatchObject({ data: 'first' })
    expect(await rejection(source.next())).toMatchObject({ code: 'requestBodyStreamExhausted' })
    expect(await file.requests()).toHaveLength(1)
  })

  it('come from a server that wants the password that stands in the URL', async () => {
    const guarded = `${origin.url}/basic/ada/secret`
    const error = await rejection(makeSession().events(guarded.replace('://', '://ada:secret@')).next())
    expect(error).toMatchObject({ code: 'badServerResponse', status: 200 })
    expect(await rejection(makeSession().events(guarded).next())).toMatchObject({ status: 401 })
  })

  it('are not asked for again by each connection on its own: a refusal is told at once', async () => {
    const file = await serve('events', { body: one, ...stream, status: 503 })
    expect(await rejection(data(makeSession(quick).events(file.url)))).toMatchObject({
      code: 'badServerResponse',
      status: 503,
    })
    expect(await file.requests()).toHaveLength(1)
  })

  it('are given up after as many connections in a row as the session’s retry allows', async () => {
    const file = await serve('events', { body: 'retry: 1\n\n', ...stream, beforeHead: 'reset' })
    await file.nextResponses([{}])
    const session = makeSession({ retry: { attempts: 2, baseDelay: 5, maximumDelay: 5 } })
    expect(await rejection(data(session.events(file.url)))).toMatchObject({ retryable: true })
    // A connection that was kept open may have been lost before it was used, and is not held against the server.
    const { length } = await file.requests()
    expect(length >= 3 && length <= 5).toBe(true)
  })

  it('end their connection and their task with the loop', async () => {
    const file = await serve('endless', { body: `data: first\n\n${':\n'.repeat(5000)}`, ...stream, stallAfter: 200 })
    const session = makeSession(quick)
    for await (const event of session.events(file.url)) {
      expect(event.data).toBe('first')
      expect(await session.tasks()).toHaveLength(1)
      break
    }
    await origin.when({ file: file.name, aborted: true })
    expect(await session.tasks()).toEqual([])
  })

  it('end with their signal, with its reason', async () => {
    const file = await serve('silent', { body: `data: first\n\n${':\n'.repeat(5000)}`, ...stream, stallAfter: 200 })
    const controller = new AbortController()
    const source = makeSession(quick).events(file.url, { signal: controller.signal })
    await source.next()
    const next = rejection(source.next())
    const reason = new Error('enough')
    controller.abort(reason)
    expect(await next).toBe(reason)
    await origin.when({ file: file.name, aborted: true })
  })

  it('may be silent for longer than the session’s timeout, but not than the request’s', async () => {
    const body = `retry: 1\ndata: first\n\n${':'.repeat(200)}\ndata: second\n\n`
    const stalls = { body, ...stream, stallAfter: 100 }
    const [file, watched, mute] = [
      await serve('calm', stalls),
      await serve('watched', stalls),
      await serve('mute', { body, beforeHead: 'stall' }),
    ]
    const session = makeSession({ timeout: { request: 400 }, retry: { attempts: 1 } })
    const source = session.events(file.url)
    expect((await source.next()).value).toMatchObject({ data: 'first' })
    const second = source.next()
    // Whoever is watched from now on is given up before this stream speaks again.
    expect(await rejection(session.data(mute.url))).toMatchObject({ code: 'timedOut' })
    await file.releaseStalls('continue')
    expect((await second).value).toMatchObject({ data: 'second' })
    await source.return()
    expect(await file.requests()).toHaveLength(1)
    await watched.nextResponses([{}, { status: 204 }])
    const impatient = makeSession(quick).events({ url: watched.url, timeout: 300 })
    // It is cut, and the next connection says that there is no more.
    await collect(impatient).catch(() => {})
    expect((await watched.requests())[0]).toMatchObject({ aborted: true })
  })

  it('are not there in a background session', () => {
    const session = makeSession(SessionConfiguration.background('events'))
    return expect(session.events('https://example.com/').next()).rejects.toMatchObject({
      code: 'unsupportedByPlatform',
    })
  })
})

describe('lines of a session', () => {
  it('come as they are sent, and their request goes with the loop', async () => {
    const text = `one ü\r\ntwo\n\n${'x'.repeat(5000)}\nlast`
    const file = await serve('lines.txt', { body: text, stallAfter: encode('one ü\r\ntwo\n').length })
    const lines = makeSession(quick).lines(file.url)
    expect(await file.requests()).toEqual([])
    expect([(await lines.next()).value, (await lines.next()).value]).toEqual(['one ü', 'two'])
    await lines.return()
    await origin.when({ file: file.name, aborted: true })
  })

  it('are all of them, to the last without an end', async () => {
    const text = Array.from({ length: 5000 }, (_, line) => `${line} ü`).join('\n')
    const { url } = await serve('lines.txt', { body: text, framing: 'chunked' })
    expect(await collect(makeSession().lines(url))).toEqual(text.split('\n'))
  })

  it('fail as their request does', async () => {
    const { url } = await serve('torn.txt', { body: 'one\ntwo\n', beforeHead: 'reset' })
    expect(await rejection(collect(makeSession({ retry: { attempts: 1 } }).lines(url)))).toHaveProperty('code')
  })
})

describe('JSON of a session', () => {
  it('is not asked for with a schema that is none', async () => {
    const file = await serve('value.json', { body: '{}' })
    const session = makeSession()
    for (const schema of [{}, null, 'text', { '~standard': { version: 1 } }]) {
      const answer = session.json(file.url, { schema: schema as never })
      expect(await rejection(answer)).toBeInstanceOf(TypeError)
    }
    expect(await file.requests()).toEqual([])
    expect(await session.tasks()).toEqual([])
  })
})
