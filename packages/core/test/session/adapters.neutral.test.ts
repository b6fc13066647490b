/** Adapters have a hand in every request, of data tasks and of transfers alike, wherever the engine runs. */
import type { RequestAdapter, URLProtocol } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { bytesOf, inNode, makeSession, origin, quick, rejection, serve, until } from '../support/session.ts'
import { echoOf, echoURL, textOf } from './support/data.ts'

const adding = (name: string, value: () => string): RequestAdapter => ({
  adapt: ({ headers, ...request }) => ({ ...request, headers: [...new Headers(headers), [name, value()]] }),
})

describe('adapters', () => {
  it('change a request one after another, and are asked again for each attempt of a transfer', async () => {
    let asked = 0
    const adapters = [adding('x-first', () => `${++asked}`), adding('x-second', () => 'b')]
    const session = makeSession({ ...quick, adapters })
    expect((await echoOf(session.data(echoURL))).headers).toMatchObject({ 'x-first': '1', 'x-second': 'b' })

    const file = await serve('adapted.bin', { size: 200_000 })
    await file.nextResponses([{ status: 503 }])
    const { file: got } = await session.download(file.url)
    expect((await bytesOf(await got.blob())).length).toBe(200_000)
    const sent = (await file.requests())
      .filter(({ method }) => method === 'GET')
      .map(({ headers }) => headers['x-first'])
    expect(sent).toEqual(['2', '3'])
  })

  it('may end the task they are asked about, and throw: that is nobody else’s failure', async () => {
    const unheard: unknown[] = []
    const hear = (event: unknown): void => void unheard.push(event)
    const leaving: RequestAdapter = {
      adapt() {
        task.cancel()
        throw new Error('signed out')
      },
    }
    const session = makeSession({ adapters: [leaving] })
    const task = session.dataTask(echoURL)
    if (inNode) process.on('unhandledRejection', hear)
    else addEventListener('unhandledrejection', hear)
    try {
      expect(await rejection(task.resume().finished)).toMatchObject({ code: 'cancelled' })
      // By then the platform has said of every rejection that nobody heard it.
      await makeSession().data(echoURL)
      expect(unheard).toEqual([])
    } finally {
      if (inNode) process.off('unhandledRejection', hear)
      else removeEventListener('unhandledrejection', hear)
    }
  })

  it('that answer after the end of their task change nothing of it', async () => {
    const answer = Promise.withResolvers<boolean>()
    const session = makeSession({ ...quick, adapters: [{ retry: () => answer.promise }] })
    const task = session.dataTask(`${origin.url}/status/503`).resume()
    await until(task, () => task.waitingFor === 'delegate')
    task.cancel()
    expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled' })
    answer.resolve(true)
    await makeSession().data(echoURL)
    expect([task.waitingFor, task.warnings]).toEqual([null, []])
  })

  it('are seen in the current request, and waited for as delegates are', async () => {
    const answer = Promise.withResolvers<void>()
    const slowly: RequestAdapter = {
      async adapt(request) {
        await answer.promise
        return { ...request, url: `${echoURL}?adapted`, headers: { 'x-added': 'yes', authorization: 'Bearer theirs' } }
      },
    }
    const session = makeSession({ adapters: [slowly] })
    const tasks = [session.dataTask(echoURL).resume(), session.downloadTask(echoURL).resume()]
    for (const task of tasks) await until(task, () => task.waitingFor === 'delegate')
    answer.resolve()
    for (const task of tasks) {
      await task.finished
      expect(task.currentRequest).toMatchObject({ url: `${echoURL}?adapted`, headers: [['x-added', 'yes']] })
      expect(task.originalRequest.url).toBe(echoURL)
    }
  })

  it('have a hand in requests of every scheme, and may send one to a protocol of the session', async () => {
    const asked: string[] = []
    const looking: RequestAdapter = {
      adapt(request) {
        asked.push(request.url)
        return { ...request, headers: [...new Headers(request.headers), ['x-seen', 'yes']] }
      },
    }
    const own: URLProtocol = {
      accepts: ({ url }) => url.startsWith('app:'),
      load: ({ headers }) => new Response(`own ${headers.get('x-seen')}`),
    }
    const session = makeSession({ adapters: [looking], protocols: [own] })
    const plain = makeSession({ adapters: [looking] })
    const blob = URL.createObjectURL(new Blob(['bytes of a blob']))
    const wanted = [
      [session, 'app:/x', 'own yes'],
      [plain, 'data:,hello', 'hello'],
      [plain, blob, 'bytes of a blob'],
    ] as const
    for (const [one, url, text] of wanted) {
      expect(textOf(await one.data(url))).toBe(text)
      expect(await (await (await one.download(url)).file.blob()).text()).toBe(text)
    }
    expect(asked).toEqual(wanted.flatMap(([, url]) => [url, url]))
    URL.revokeObjectURL(blob)

    const leading: RequestAdapter = { adapt: (request) => ({ ...request, url: 'app:/y' }) }
    expect(textOf(await makeSession({ adapters: [leading], protocols: [own] }).data(echoURL))).toBe('own null')
    expect(await rejection(makeSession({ adapters: [leading] }).data(echoURL))).toMatchObject({
      code: 'unsupportedURL',
    })
  })

  it('decide what is tried again: a 404 that they know better, and an error that they do not want repeated', async () => {
    const again: RequestAdapter = {
      retry: ({ status }) => (status === 404 ? true : status === 503 ? false : undefined),
    }
    const session = makeSession({ ...quick, adapters: [again] })
    const late = await serve('late.bin', { size: 1000 })
    await late.nextResponses([{ status: 404 }, { status: 404 }])
    expect((await session.data(late.url)).response.status).toBe(200)
    await late.nextResponses([{ status: 404 }])
    expect((await session.download(late.url)).file.size).toBe(1000)

    const busy = await serve('busy.bin', { size: 1000 })
    await busy.nextResponses([{ status: 503 }])
    expect((await session.data(busy.url)).response.status).toBe(503)
    expect(await busy.requests()).toHaveLength(1)
    await busy.nextResponses([{ status: 503 }])
    expect(await rejection(session.download(busy.url))).toMatchObject({ code: 'badServerResponse', status: 503 })
  })

  it.each(['PUT', 'POST'] as const)('decide it for uploads too: %s', async (method) => {
    const asked: unknown[] = []
    const again: RequestAdapter = {
      retry({ status }, attempt) {
        asked.push([status, attempt])
        return status === 404 ? true : status === 503 || status === null ? false : undefined
      },
    }
    const session = makeSession({ ...quick, adapters: [again] })
    const late = await serve('late.bin', { size: 10 })
    await late.nextResponses([{ status: 404 }, { status: 404 }])
    expect((await session.upload({ url: late.url, method }, 'body')).response.status).toBe(200)
    expect(asked.splice(0)).toEqual([
      [404, 1],
      [404, 2],
    ])

    // What is tried again by the rules, and what is not.
    const busy = await serve('busy.bin', { size: 10 })
    await busy.nextResponses([{ status: 503 }])
    const result = session.upload({ url: busy.url, method }, 'body')
    if (method === 'PUT') expect(await rejection(result)).toMatchObject({ code: 'badServerResponse', status: 503 })
    else expect((await result).response.status).toBe(503)
    const broken = await serve('broken.bin', { size: 10 })
    await broken.nextResponses([{ resetAfter: 5 }])
    expect(await rejection(session.upload({ url: broken.url, method }, 'body'))).toMatchObject({ status: null })
    for (const file of [busy, broken]) expect(await file.requests()).toHaveLength(1)
    expect(asked).toEqual([
      [503, 1],
      [null, 1],
    ])

    // No more often than is allowed; then the answer stands.
    const never = await serve('never.bin', { size: 10, status: 404 })
    const few = makeSession({ retry: { attempts: 3, baseDelay: 1, maximumDelay: 2 }, adapters: [again] })
    expect((await few.upload({ url: never.url, method }, 'body')).response.status).toBe(404)
    expect(await never.requests()).toHaveLength(3)
  })

  it('have it tried again no sooner than the server wants', async () => {
    const session = makeSession({ ...quick, adapters: [{ retry: () => true }] })
    for (const kind of ['dataTask', 'downloadTask', 'uploadTask'] as const) {
      const file = await serve('patient.bin', { size: 1000 })
      const task =
        kind === 'uploadTask' ? session.uploadTask({ url: file.url, method: 'PUT' }, 'body') : session[kind](file.url)
      await file.nextResponses([{ status: 404, retryAfter: 1 }])
      await task.resume().finished
      const [refused, answered] = task.metrics?.transactions ?? []
      expect([refused?.status, answered?.status]).toEqual([404, 200])
      expect((answered?.start ?? 0) - (refused?.end ?? 0)).toBeGreaterThanOrEqual(1000)
    }
  })

  it('that throw fail the request before anything is sent', async () => {
    const cause = new RangeError('no')
    const session = makeSession({
      adapters: [
        {
          adapt() {
            throw cause
          },
        },
      ],
    })
    const file = await serve('thrown.bin', { size: 10 })
    expect(await rejection(session.data(file.url))).toMatchObject({ code: 'delegateFailed', cause })
    expect(await rejection(session.download(file.url))).toMatchObject({ code: 'delegateFailed' })
    expect(await file.requests()).toEqual([])
  })

  it('cannot send what the session may not', async () => {
    const elsewhere: RequestAdapter = { adapt: (request) => ({ ...request, url: 'http://example.com/x' }) }
    const session = makeSession({ adapters: [elsewhere] })
    const code = 'appTransportSecurityRequiresSecureConnection'
    expect(await rejection(session.data(origin.url))).toMatchObject({ code })
    expect(await rejection(session.download(origin.url))).toMatchObject({ code })
  })
})
