/** A delegate that never answers costs the task it was asked about, and nobody else: that one can be cancelled, and has its time limits. */
import {
  openCredentialStorage,
  SessionConfiguration,
  type SessionDelegate,
  type URLRequest,
  type URLSession,
} from 'urlsession'
import { describe, expect, it } from 'vitest'
import { Recorder } from '../../../testing/src/recorder.ts'
import { inNode, makeSession, origin, rejection, serve, unique, until } from '../support/session.ts'
import { keepable, makeCache } from './support/caches.ts'
import { echoURL, textOf } from './support/data.ts'

const never = (): Promise<never> => new Promise(() => {})
const once = { retry: { attempts: 1 } } as const
const guarded = (): string => `${origin.url}/basic/ada/${unique('s3cret')}`
const passwordOf = (url: string): string => decodeURIComponent(new URL(url).pathname.split('/')[3] ?? '')

/** A session whose delegate hears everything, and is asked in vain by this one method. */
function mute(method: keyof SessionDelegate, options: ConstructorParameters<typeof URLSession>[0] = once) {
  const recorder = new Recorder<SessionDelegate>({
    answers: { [method]: never },
    only: [method, 'didComplete'],
    slow: false,
  })
  return { recorder, session: makeSession(options, recorder.delegate) }
}

describe('a task whose delegate never answers', () => {
  it.each(['didReceiveResponse', 'didReceiveData', 'didReceiveChallenge'] as const)(
    '%s can be cancelled, lets others go on, and its session be closed',
    async (method) => {
      const { recorder, session } = mute(method)
      const file = await serve('asked.bin', { size: 1000 })
      const task = session.dataTask(method === 'didReceiveChallenge' ? guarded() : file.url).resume()
      await recorder.when(method)
      // Its end is told too, which is another call than the one that hangs.
      expect(textOf(await session.data({ url: echoURL, method: 'POST', body: 'other' }))).toContain('other')
      expect(task.warnings).toMatchObject([{ code: 'delegateLate', message: expect.stringContaining(method) }])
      task.cancel()
      expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled' })
      const left = session.dataTask(method === 'didReceiveChallenge' ? guarded() : file.url).resume()
      await recorder.when(method, (call) => call.task === left.identifier)
      await session.close()
      expect(await rejection(left.finished)).toMatchObject({ code: 'cancelled' })
      expect(recorder.of('didComplete')).toHaveLength(3)
      recorder.verify()
    },
  )

  it.each(['didReceiveResponse', 'didReceiveData'] as const)('%s has timeout.resource', async (method) => {
    const { session } = mute(method, { ...once, timeout: { resource: 300 } })
    const { url } = await serve('late.bin', { size: 1000 })
    expect(await rejection(session.dataTask(url).resume().finished)).toMatchObject({ code: 'timedOut' })
    await session.close()
  })

  it.each(['data', 'download'] as const)('didReceiveChallenge has timeout.request, of a %s task', async (kind) => {
    const { session, recorder } = mute('didReceiveChallenge', { ...once, timeout: { request: 300, resource: 1500 } })
    const task = kind === 'data' ? session.dataTask(guarded()) : session.downloadTask(guarded())
    expect(await rejection(task.resume().finished)).toMatchObject({ code: 'timedOut' })
    expect(recorder.of('didComplete')).toHaveLength(1)
    await session.close()
  })

  it.runIf(inNode)('willPerformRedirection has timeout.request', async () => {
    const { session } = mute('willPerformRedirection', { ...once, timeout: { request: 300 } })
    expect(await rejection(session.data(`${origin.url}/redirect/1`))).toMatchObject({ code: 'timedOut' })
  })

  it('that of an adapter has timeout.request as well', async () => {
    const session = makeSession({ ...once, adapters: [{ adapt: never }], timeout: { request: 300 } })
    expect(await rejection(session.data(echoURL))).toMatchObject({ code: 'timedOut' })
    expect(
      await rejection(session.webSocketTask(`${origin.url.replace('http', 'ws')}/x`).resume().finished),
    ).toMatchObject({
      code: 'timedOut',
    })
  })

  it('that of a cache has timeout.request, and gives its slot back', async () => {
    const cache = await makeCache()
    const session = makeSession({ ...once, cache, connectionsPerHost: 1, timeout: { request: 300 } })
    const find = cache.find.bind(cache)
    cache.find = never
    expect(await rejection(session.data(echoURL))).toMatchObject({ code: 'timedOut' })
    cache.find = find
    expect((await session.data(echoURL)).response.status).toBe(200)
  })

  it('that of a cache costs what it would keep, and no more than timeout.request', async () => {
    const cache = await makeCache()
    const session = makeSession({ ...once, cache, connectionsPerHost: 1, timeout: { request: 300 } })
    const { url } = await keepable('max-age=600')
    const kept = Promise.withResolvers<void>()
    cache.keep = () => {
      kept.resolve()
      return never()
    }
    expect((await session.data(url)).data.byteLength).toBe(1000)
    await kept.promise
    expect((await (await session.fetch(url)).bytes()).byteLength).toBe(1000)
  })

  it('that of a storage which never says that all is stored does not keep a session open', async () => {
    const identifier = unique('kept-open').replaceAll('.', '-')
    const file = await serve('open.bin', { size: 200_000, stallAfter: 100_000 })
    const options = { ...once, timeout: { request: 300 } }
    const credentialStorage = Object.assign(await openCredentialStorage(), { flush: never })
    const session = makeSession(SessionConfiguration.background(identifier, { ...options, credentialStorage }))
    session.downloadTask(file.url, { key: 'one' }).resume()
    await origin.when({ file: file.name, bytesSent: 1 })
    await session.close()
    // Its engine has let go of the name.
    const next = makeSession(SessionConfiguration.background(identifier, options))
    const { file: echoed } = await next.downloadTask(echoURL).resume().finished
    expect(await (await echoed.blob()).text()).toContain('/echo')
  })

  it('didWriteData can be cancelled, and does not hold up the end of others', async () => {
    const { recorder, session } = mute('didWriteData')
    const file = await serve('written.bin', { size: 200_000, stallAfter: 100_000 })
    const task = session.downloadTask(file.url).resume()
    await recorder.when('didWriteData')
    expect((await session.data(echoURL)).response.status).toBe(200)
    task.cancel()
    expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled' })
    await session.close()
  })
})

describe('a delegate’s method', () => {
  it('may send a request of its own session and wait for it, though it is told of its end', async () => {
    const url = guarded()
    const session = makeSession(once, {
      didReceiveChallenge: async () => {
        await session.data(echoURL)
        return { use: { user: 'ada', password: passwordOf(url) } }
      },
      didComplete: async (task) => {
        if (task.originalRequest.url === url) await session.data(`${echoURL}?done`)
      },
    })
    expect((await session.data(url)).response.status).toBe(200)
  })

  it('that is late is not called beside itself for one task', async () => {
    const answer = Promise.withResolvers<void>()
    const recorder = new Recorder<SessionDelegate>({
      answers: { didWriteData: () => answer.promise },
      only: ['didWriteData', 'didWarn', 'didFinishDownloading', 'didComplete'],
    })
    const session = makeSession(once, recorder.delegate)
    const file = await serve('slow.bin', { size: 200_000, stallAfter: 100_000 })
    const task = session.downloadTask(file.url).resume()
    await recorder.when('didWriteData')
    await file.releaseStalls()
    await origin.when({ file: file.name, ended: true })
    await until(task, () => task.warnings.length > 0)
    answer.resolve()
    await task.finished
    recorder.verify()
  })

  it.each([
    ['didReceiveChallenge', guarded, 'nonsense'],
    ['didReceiveChallenge', guarded, { use: { user: 1 } }],
    ['didReceiveChallenge', guarded, { uses: null }],
    ['didReceiveResponse', () => echoURL, 17],
    ...(inNode ? ([['willPerformRedirection', () => `${origin.url}/redirect/1`, 17]] as const) : []),
  ] as const)('%s that answers with nonsense fails its task, with delegateFailed', async (method, url, answer) => {
    const session = makeSession(once, { [method]: () => answer as unknown as URLRequest })
    const error = await rejection(session.dataTask(url()).resume().finished)
    expect(error).toMatchObject({ code: 'delegateFailed', message: expect.stringContaining(method) })
  })
})
