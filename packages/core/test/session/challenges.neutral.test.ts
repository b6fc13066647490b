/** Challenges are answered for data tasks and for transfers alike: by delegates, by what is stored, by tokens. */
import type { URLAuthenticationChallenge, URLCredential } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { makeSession, origin, otherOrigin, rejection, serve, unique, until } from '../support/session.ts'

const basic = (): string => `${origin.url}/basic/ada/${encodeURIComponent(unique('s3cret'))}`
const passwordOf = (url: string): string => decodeURIComponent(new URL(url).pathname.split('/')[3] ?? '')
const userOf = async (blob: Blob): Promise<unknown> => (JSON.parse(await blob.text()) as { user?: string }).user

/** A delegate that gives these in turn, and what it was asked. */
function giving(...answers: (URLCredential | 'cancel' | 'reject' | null)[]) {
  const asked: URLAuthenticationChallenge[] = []
  return {
    asked,
    delegate: {
      didReceiveChallenge: (_task: unknown, challenge: URLAuthenticationChallenge) => {
        const answer = answers[asked.push(challenge) - 1] ?? null
        return typeof answer === 'string' ? answer : { use: answer }
      },
    },
  }
}

describe('a challenge', () => {
  it('of a data task is answered again when the first answer was wrong', async () => {
    const url = basic()
    const { asked, delegate } = giving({ user: 'ada', password: 'wrong' }, { user: 'ada', password: passwordOf(url) })
    const session = makeSession({}, delegate)
    expect((await session.data(url)).response.status).toBe(200)
    expect(asked.map(({ previousFailureCount }) => previousFailureCount)).toEqual([0, 1])
    expect(asked[0]?.protectionSpace).toMatchObject({
      host: new URL(origin.url).hostname,
      port: Number(new URL(origin.url).port),
      realm: 'testing',
      authenticationMethod: 'basic',
    })
    expect(asked[1]?.failureResponse).toMatchObject({ status: 401 })
  })

  it('shows that its task waits for the delegate, of data tasks and downloads, and in no request what was answered', async () => {
    const answer = Promise.withResolvers<void>()
    const url = basic()
    const session = makeSession(
      {},
      {
        didReceiveChallenge: async () => {
          await answer.promise
          return { use: { user: 'ada', password: passwordOf(url), persistence: 'none' } }
        },
      },
    )
    const tasks = [session.dataTask(url).resume(), session.downloadTask(url).resume()]
    for (const task of tasks) await until(task, () => task.waitingFor === 'delegate')
    answer.resolve()
    for (const task of tasks) {
      await task.finished
      expect([task.waitingFor, task.response?.status]).toEqual([null, 200])
      expect(new Headers(task.currentRequest.headers).has('authorization')).toBe(false)
    }
  })

  it('of a transfer is answered where the session is, and what worked serves both', async () => {
    const url = basic()
    const { asked, delegate } = giving({ user: 'ada', password: passwordOf(url) })
    const session = makeSession({}, delegate)
    const { file, response } = await session.download(url)
    expect([response.status, await userOf(await file.blob())]).toEqual([200, 'ada'])
    expect((await session.data(url)).response.status).toBe(200)
    expect(asked).toHaveLength(1)
  })

  it('of a host that was redirected to is asked with its own name, and no credential goes to the one that redirected', async () => {
    const url = `${otherOrigin.url}/basic/ada/${encodeURIComponent(unique('s3cret'))}`
    const from = await serve('moved', { size: 0, redirect: { to: url } })
    for (const kind of ['data', 'download'] as const) {
      const { asked, delegate } = giving({ user: 'ada', password: 'wrong' }, null)
      const task = makeSession({}, delegate)[kind](from.url)
      expect((await task).response.status).toBe(401)
      for (const { protectionSpace } of asked) expect(protectionSpace.port).toBe(Number(new URL(url).port))
    }
    expect((await from.requests()).map(({ headers }) => headers['authorization'])).toEqual([undefined, undefined])
  })

  it('that covers the body is answered for an upload', async () => {
    const url = `${origin.url}/guarded/${unique('int')}/x?scheme=digest:SHA-256&qop=auth-int&user=ada&password=pw`
    const { asked, delegate } = giving({ user: 'ada', password: 'pw' })
    const session = makeSession({}, delegate)
    for (const body of ['a text', new Blob(['a blob'])])
      expect((await session.upload(url, body)).response.status).toBe(200)
    expect(asked).toHaveLength(1)
  })

  it('that is cancelled ends the task', async () => {
    const url = basic()
    const { delegate } = giving('cancel', 'cancel')
    const session = makeSession({}, delegate)
    expect(await rejection(session.data(url))).toMatchObject({ code: 'cancelled' })
    expect(await rejection(session.download(url))).toMatchObject({ code: 'cancelled' })
  })

  it('that nobody answers is the answer, its body with it', async () => {
    const url = basic()
    for (const session of [makeSession(), makeSession({}, giving(null, null).delegate)]) {
      const { response, data } = await session.data(url)
      expect([response.status, JSON.parse(new TextDecoder().decode(data))]).toEqual([401, { error: 'unauthorized' }])
      expect((await session.download(url)).response.status).toBe(401)
    }
  })

  it('is answered with what stands in the URL, which is nowhere else', async () => {
    const url = basic()
    const named = url.replace('://', `://ada:${passwordOf(url)}@`)
    const session = makeSession()
    const task = session.dataTask(named).resume()
    expect((await task.finished).response.status).toBe(200)
    expect(task.originalRequest.url).toBe(url)
    expect((await makeSession().download(named)).response.status).toBe(200)
  })
})

describe('a bearer token', () => {
  it('is renewed once for ten requests and a transfer that are refused together', async () => {
    const id = unique('bearer')
    const guarded = `${origin.url}/guarded/${id}`
    let renewals = 0
    let token = 'old'
    const session = makeSession({
      bearer: {
        origins: [origin.url],
        token: () => token,
        async refresh() {
          renewals += 1
          const renewed = (await (await fetch(`${origin.url}/renew/${id}`)).json()) as { token: string }
          return (token = renewed.token)
        },
      },
    })
    const requests = Array.from({ length: 10 }, (_, index) => session.data(`${guarded}/${index}?scheme=bearer`))
    const transfer = session.download(`${guarded}/file?scheme=bearer`)
    expect((await Promise.all(requests)).map(({ response }) => response.status)).toEqual(Array(10).fill(200))
    expect((await transfer).response.status).toBe(200)
    expect(renewals).toBe(1)
  })
})
