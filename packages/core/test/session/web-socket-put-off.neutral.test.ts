/** A WebSocket that was put off: what its delegate hears, and may change, just before the handshake. */
import type { SessionDelegate, URLRequest } from 'urlsession'
import { expect, it } from 'vitest'
import { Recorder } from '../../../testing/src/recorder.ts'
import { inNode, makeSession, origin, rejection, unique } from '../support/session.ts'

const soon = (): Date => new Date(Date.now() + 20)
const quick = { baseDelay: 5, maximumDelay: 20 }

const withToken = (url: string, token: string): string => {
  const changed = new URL(url)
  changed.searchParams.set('token', token)
  return changed.href
}

/** What its handshakes were asked with. */
const handshakes = async (name: string) =>
  (await origin.journal({ url: name })).map(({ url, headers }) => ({
    token: new URL(url, origin.url).searchParams.get('token'),
    headers,
  }))

it('is asked about once, before the handshake, by the URL that it was made with, and may have another query', async () => {
  const name = unique('put-off')
  const asked: URLRequest[] = []
  const recorder = new Recorder<SessionDelegate>({
    answers: {
      async willBeginDelayedRequest(task, request) {
        asked.push(request)
        expect(await handshakes(name)).toEqual([])
        return { url: withToken(task.originalRequest.url, 'fresh'), headers: { 'x-late': 'yes' } }
      },
    },
  })
  const url = origin.socket({}, name)
  const task = makeSession({}, recorder.delegate)
    .webSocketTask({ url, headers: { 'x-own': 'mine' } }, { earliestBeginDate: soon() })
    .resume()
  await task.send('hello')
  expect(await task.receive()).toBe('hello')
  expect(asked).toMatchObject([{ url, headers: expect.arrayContaining([['x-own', 'mine']]) }])
  const [sent, ...more] = await handshakes(name)
  expect(more).toEqual([])
  expect(sent).toMatchObject({ token: 'fresh', ...(inNode && { headers: { 'x-late': 'yes' } }) })
  expect(sent?.headers).not.toHaveProperty('x-own')
  expect(task.currentRequest.url).toBe(withToken(url, 'fresh'))
  expect(task.originalRequest.url).toBe(url)
  task.close()
  await task.finished
  const told = recorder.names().filter((method) => method !== 'didWarn')
  expect(told.slice(0, 3)).toEqual(['didCreateTask', 'willBeginDelayedRequest', 'didOpen'])
  recorder.verify()
})

it('takes http for ws in the answer, and no answer for yes', async () => {
  const name = unique('as-http')
  const answers = [(url: string) => ({ url: withToken(url, 'http').replace(/^ws/, 'http') }), () => {}]
  for (const answer of answers) {
    const session = makeSession({}, { willBeginDelayedRequest: (_task, { url }) => answer(url) })
    const url = origin.socket({ greet: ['hi'] }, name)
    const task = session.webSocketTask(url, { earliestBeginDate: soon() }).resume()
    expect(await task.receive()).toBe('hi')
    expect(task.currentRequest.url).toMatch(/^ws:/)
  }
  expect((await handshakes(name)).map(({ token }) => token)).toEqual(['http', null])
})

it('is not connected when the delegate cancels it', async () => {
  const name = unique('unwanted')
  const recorder = new Recorder<SessionDelegate>({ answers: { willBeginDelayedRequest: () => 'cancel' as const } })
  const task = makeSession({}, recorder.delegate)
    .webSocketTask(origin.socket({}, name), { earliestBeginDate: soon(), reconnect: quick })
    .resume()
  const unsent = rejection(task.send('never'))
  expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled' })
  expect(await unsent).toMatchObject({ code: 'cancelled', unsent: 'never' })
  expect(await handshakes(name)).toEqual([])
  expect(recorder.of('didOpen')).toEqual([])
  recorder.verify()
})

it.each([
  ['ftp://a.test/', 'unsupportedURL'],
  ['data:,x', 'unsupportedURL'],
  ['ws://a.test/', 'appTransportSecurityRequiresSecureConnection'],
  [`${origin.socket()}#part`, 'badURL'],
])('is not connected to %s', async (url, code) => {
  const session = makeSession({}, { willBeginDelayedRequest: () => ({ url }) })
  const task = session.webSocketTask(origin.socket(), { earliestBeginDate: soon() }).resume()
  expect(await rejection(task.finished)).toMatchObject({ code })
})

it('is answered for one that connects again too, but not for where it is told to connect then', async () => {
  const name = unique('again')
  for (const told of [false, true]) {
    let asked = 0
    const session = makeSession(
      {},
      {
        willBeginDelayedRequest: (_task, { url }) => {
          asked += 1
          return { url: withToken(url, `first-${String(told)}`) }
        },
      },
    )
    const request = (): { url: string } => ({ url: withToken(origin.socket({ greet: ['hi'] }, name), 'second') })
    const task = session.webSocketTask(origin.socket({ dropAfter: 0 }, name), {
      earliestBeginDate: soon(),
      reconnect: { ...quick, attempts: 1, ...(told && { request }) },
    })
    const lost = rejection(task.resume().finished)
    if (told) expect(await task.receive()).toBe('hi')
    else expect(await lost).toMatchObject({ code: 'networkConnectionLost' })
    expect(asked).toBe(1)
    task.cancel()
    await lost
  }
  expect((await handshakes(name)).map(({ token }) => token)).toEqual([
    'first-false',
    'first-false',
    'first-true',
    'second',
  ])
})

it('is asked about by adapters too with the URL that it was made with', async () => {
  const name = unique('adapted')
  const asked: string[] = []
  const adapt = ({ url }: URLRequest): URLRequest => {
    asked.push(url)
    return { url: withToken(url, 'adapted') }
  }
  const url = origin.socket({ greet: ['hi'] }, name)
  const task = makeSession({ adapters: [{ adapt }] })
    .webSocketTask(url)
    .resume()
  expect(await task.receive()).toBe('hi')
  expect(asked).toEqual([url])
  expect((await handshakes(name)).map(({ token }) => token)).toEqual(['adapted'])
})
