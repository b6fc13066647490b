/** Redirects of data tasks: followed, altered, refused, or the answer themselves. */
import type { SessionDelegate, URLRequest } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { Recorder } from '../../../testing/src/recorder.ts'
import { inNode, makeSession, origin, otherOrigin, quick, rejection, serve, unique } from '../support/session.ts'
import { echoOf, echoURL } from './support/data.ts'

const redirect = (hops: number, status = 302): string => `${origin.url}/redirect/${hops}?status=${status}`

describe('a redirect', () => {
  it.each(['/echo?a=%20b%2Fc', 'echo', './echo', '//HOST/echo', 'ABSOLUTE'])('to %s goes there', async (location) => {
    const to = location.replace('HOST', new URL(origin.url).host).replace('ABSOLUTE', echoURL)
    const promise = makeSession().data(`${origin.url}/status/302?location=${encodeURIComponent(to)}`)
    const { url } = await echoOf(promise).catch(() => ({ url: '' }))
    // `echo` beside `/status/302` is `/status/echo`, which is no status.
    const target = new URL(to, `${origin.url}/status/302`)
    expect((await promise).response.url).toBe(target.href)
    if (target.pathname === '/echo') expect(url).toBe(target.pathname + target.search)
  })

  it.each([300, 304, 305, 306])('by a %i is none, but the answer', async (status) => {
    const asked: number[] = []
    const session = makeSession(quick, {
      willPerformRedirection: (_task, response) => void asked.push(response.status),
    })
    const { response } = await session.data({
      url: `${origin.url}/status/${status}?location=/echo`,
      cachePolicy: 'no-store',
    })
    expect(response.status).toBe(status)
    expect(asked).toEqual([])
  })

  it('may have twenty hops, and not one more', async () => {
    expect((await echoOf(makeSession().data(redirect(20)))).url).toBe('/echo')
    const error = await rejection(makeSession({ retry: { attempts: 1 } }).data(redirect(21)))
    if (inNode) expect(error).toMatchObject({ code: 'httpTooManyRedirects', number: -1007, opaque: false })
    else expect(error).toMatchObject({ code: 'opaqueNetworkFailure', opaque: true })
  })

  it('is refused where the session says so, and its target is not asked', async () => {
    const target = await serve('target.bin', { size: 1 })
    const { url } = await serve('moved.bin', { size: 1, redirect: { to: target.url } })
    const session = makeSession({ redirect: 'refuse', retry: { attempts: 1 } })
    const error = await rejection(session.data(url))
    expect(error).toMatchObject({ code: inNode ? 'badServerResponse' : 'opaqueNetworkFailure' })
    expect(await target.requests()).toEqual([])
  })

  it('takes no credentials to another origin', async () => {
    const target = await otherOrigin.file(unique('target.bin'), { size: 10 })
    const { url } = await serve('moved.bin', { size: 10, redirect: { to: target.url } })
    const headers = { authorization: 'Bearer t0psecret', 'x-color': 'red' }
    await makeSession().data({ url, headers, cachePolicy: 'no-store' })
    const [request] = await target.requests()
    expect(request?.headers['authorization']).toBe(undefined)
    expect(request?.headers['x-color']).toBe('red')
  })
})

describe.runIf(inNode)('a delegate that hears of redirects', () => {
  it.each([
    ['GET', 301, 'GET'],
    ['HEAD', 302, 'HEAD'],
    ['POST', 301, 'GET'],
    ['POST', 302, 'GET'],
    ['PUT', 301, 'PUT'],
    ['PUT', 302, 'PUT'],
    ['DELETE', 303, 'GET'],
    ['POST', 307, 'POST'],
    ['POST', 308, 'POST'],
  ] as const)(
    'hears of a %s by %i first, which becomes %s, then of the answer, its data and its end',
    async (method, status, then) => {
      const recorder = new Recorder<SessionDelegate>()
      const body = method === 'POST' || method === 'PUT' ? 'order' : null
      const task = makeSession(quick, recorder.delegate)
        .dataTask({ url: redirect(2, status), method, body })
        .resume()
      await task.finished
      const names = new Set(recorder.names().map((name) => name.replace('*', '')))
      // Before each answer to what has a body, as often as a connection takes some of it.
      expect(names.delete('didSendBodyData')).toBe(body !== null)
      expect([...names]).toEqual([
        'didCreateTask',
        'willPerformRedirection',
        'didReceiveResponse',
        ...(method === 'HEAD' ? [] : ['didReceiveData']),
        'didFinishCollectingMetrics',
        'didComplete',
      ])
      const proposed = recorder
        .of('willPerformRedirection')
        .map(({ args: [, request] }) => (request as URLRequest).method)
      expect(proposed).toEqual([then, then])
      recorder.verify()
    },
  )
})

describe.runIf(inNode)('a delegate that is asked about a redirect', () => {
  const session = (answer: NonNullable<SessionDelegate['willPerformRedirection']>) =>
    makeSession(quick, { willPerformRedirection: answer })

  it('sees the answer and what would be sent, hop by hop', async () => {
    const seen: unknown[] = []
    await session((_task, { status, url }, request) => void seen.push([status, url, request.url, request.method])).data(
      {
        url: redirect(2, 303),
        method: 'POST',
        body: 'order',
      },
    )
    expect(seen).toEqual([
      [303, redirect(2, 303), redirect(1, 303), 'GET'],
      [303, redirect(1, 303), echoURL, 'GET'],
    ])
  })

  it('may send something else instead', async () => {
    const instead = { url: `${echoURL}?instead`, headers: { 'x-color': 'red' } }
    const promise = session(async () => instead).data(redirect(1))
    expect(await echoOf(promise)).toMatchObject({ url: '/echo?instead', headers: { 'x-color': 'red' } })
    expect(promise.task.originalRequest.url).toBe(redirect(1))
    expect(promise.task.currentRequest.url).toBe(instead.url)
    expect(promise.task.metrics?.redirectCount).toBe(1)
  })

  it('finds the task at the hop that asks, and its current request is what was sent last', async () => {
    const seen: unknown[] = []
    const headers = { authorization: 'Bearer own', 'content-type': 'text/plain' }
    const posting = { url: redirect(2, 303), method: 'POST', body: 'order', headers }
    const one = makeSession(
      { ...quick, headers: { 'x-api-key': 'secret', 'x-app': 'one' } },
      {
        willPerformRedirection: ({ currentRequest: { url, method }, waitingFor }) =>
          void seen.push([method, url, waitingFor]),
      },
    )
    const { task } = one.data(posting)
    await task.finished
    expect(seen).toEqual([
      ['POST', redirect(2, 303), 'delegate'],
      ['GET', redirect(1, 303), 'delegate'],
    ])
    const { url, method, headers: last } = task.currentRequest
    expect([url, method, task.waitingFor]).toEqual([echoURL, 'GET', null])
    expect(Object.fromEntries(new Headers(last))).toEqual({ authorization: 'Bearer own', 'x-app': 'one' })
    expect([task.originalRequest.url, task.originalRequest.method]).toEqual([posting.url, 'POST'])
  })

  it('takes no credentials along by leading elsewhere, but those it names', async () => {
    const headers = { authorization: 'Bearer t0psecret', 'x-api-key': 'k', 'x-author': 'Ada', 'x-color': 'red' }
    const sentTo = async (answer: (request: URLRequest) => URLRequest, to: string) => {
      const target = await otherOrigin.file(unique('target.bin'), { size: 10 })
      const { url } = await serve('moved.bin', { size: 10, redirect: { to: to || target.url } })
      const change = (request: URLRequest): URLRequest => answer({ ...request, url: target.url })
      await session((_task, _response, request) => change(request)).data({ url, headers })
      const {
        authorization,
        'x-api-key': key,
        'x-author': author,
        'x-color': color,
      } = (await target.requests())[0]?.headers ?? {}
      return [authorization, key, author, color]
    }
    // Proposed was another place on the same origin, to which they may go.
    expect(await sentTo((request) => request, echoURL)).toEqual([undefined, undefined, 'Ada', 'red'])
    const named = (request: URLRequest): URLRequest => {
      const own = new Headers(request.headers)
      own.set('authorization', 'Bearer theirs')
      return { ...request, headers: own }
    }
    expect(await sentTo(named, echoURL)).toEqual(['Bearer theirs', undefined, 'Ada', 'red'])
    // Proposed was the other origin already, and they are gone.
    expect(await sentTo((request) => request, '')).toEqual([undefined, undefined, 'Ada', 'red'])
    const same = (request: URLRequest): URLRequest => ({ ...request, headers })
    expect(await sentTo(same, '')).toEqual(['Bearer t0psecret', 'k', 'Ada', 'red'])
  })

  it('may make the redirect the answer, body and all', async () => {
    const promise = session(() => null).data(redirect(1))
    const { data, response } = await promise
    expect(response).toMatchObject({ status: 302, url: redirect(1) })
    expect(JSON.parse(new TextDecoder().decode(data))).toEqual({ left: 1 })
    expect(promise.task.metrics?.redirectCount).toBe(0)
  })

  it('that throws, or wants what cannot be, fails the task', async () => {
    const cause = new Error('no')
    const thrown = session(() => {
      throw cause
    }).data(redirect(1))
    expect(await rejection(thrown)).toMatchObject({ code: 'delegateFailed', cause })
    const bad = session((): URLRequest => ({ url: 'ftp://a.test/' })).data(redirect(1))
    expect(await rejection(bad)).toMatchObject({ code: 'unsupportedURL' })
  })

  it('may cancel the task', async () => {
    const promise = session((task) => task.cancel()).data(redirect(1))
    expect(await rejection(promise)).toMatchObject({ code: 'cancelled' })
  })

  it('is not asked about one to a place that does not exist, which fails', async () => {
    const { url } = await serve('nowhere.bin', { size: 1, redirect: { to: 'ftp://a.test/' } })
    const one = makeSession({ retry: { attempts: 1 }, connectionsPerHost: 1 })
    expect(await rejection(one.data(url))).toMatchObject({ code: 'redirectToNonExistentLocation', number: -1010 })
    expect((await one.data(echoURL)).response.status).toBe(200)
  })
})
