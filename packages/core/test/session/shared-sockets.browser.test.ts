/** One WebSocket for many tabs, of which two sessions in one page are the smallest kind: they meet nowhere but in what tabs share. */
import { SessionConfiguration, type SessionDelegate, type SocketGap, type WebSocketTask } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { names } from '../../src/platform/browser/shared-socket-wire.ts'
import { makeSession, origin, privateOrigin, rejection, unique } from '../support/session.ts'

type Options = NonNullable<Parameters<ReturnType<typeof makeSession>['webSocketTask']>[1]>

const reconnect = { baseDelay: 5, maximumDelay: 20, attempts: 1000 }

/** Tabs that share one socket; each `join()` is another one. */
function tabs(url: string, identifier: string = unique('tabs'), common: Options = {}) {
  return {
    room: names.room(identifier, { name: 'it' }),
    join(options: Options = {}, delegate?: SessionDelegate, at: string = url): WebSocketTask {
      const session = makeSession(SessionConfiguration.background(identifier), delegate)
      return session.webSocketTask(at, { shared: 'it', reconnect, ...common, ...options }).resume()
    },
  }
}

/** Resolves when it is connected, and the echo of this has come back. */
async function here(task: WebSocketTask, message: string): Promise<WebSocketTask> {
  await task.send(message)
  expect(await task.receive()).toBe(message)
  return task
}

async function take(task: WebSocketTask, count: number): Promise<unknown[]> {
  const taken: unknown[] = []
  for (let index = 0; index < count; index++) taken.push(await task.receive())
  return taken
}

const connections = async (name: string): Promise<number> => (await origin.journal({ url: name })).length

describe('a shared WebSocket', () => {
  it('is one connection, and gives each tab every message once and in order', async () => {
    const name = unique('one')
    const { join } = tabs(origin.socket({}, name))
    const first = await here(join(), 'a')
    const second = await here(join(), 'b')
    const third = await here(join(), 'c')
    expect(await take(first, 2)).toEqual(['b', 'c'])
    expect(await take(second, 1)).toEqual(['c'])
    const numbers = Array.from({ length: 500 }, (_, index) => `n${index}`)
    await Promise.all(numbers.map((text) => second.send(text)))
    for (const task of [first, second, third]) expect(await take(task, 500)).toEqual(numbers)
    expect(await connections(name)).toBe(1)
  })

  it('carries bytes and Blobs, each receiver with its own', async () => {
    const { join } = tabs(origin.socket())
    const first = await here(join(), 'a')
    const second = await here(join(), 'b')
    await take(first, 1)
    const whole = new Uint8Array([0, 1, 2, 3])
    await second.send(whole.subarray(1, 3))
    await second.send(new Blob([whole]))
    for (const task of [first, second]) {
      const got = (await task.receive()) as Uint8Array
      expect([...got]).toEqual([1, 2])
      got.fill(9)
      expect([...((await task.receive()) as Uint8Array)]).toEqual([0, 1, 2, 3])
    }
  })

  it('tells those who come while it is being opened what came first', async () => {
    const name = unique('early')
    const { join } = tabs(origin.socket({ greet: ['hello'], protocol: 'chat' }, name), unique('early'), {
      protocols: ['chat'],
    })
    const tasks = [join(), join(), join()]
    for (const task of tasks) expect(await task.receive()).toBe('hello')
    for (const task of tasks) expect(task.protocol).toBe('chat')
    expect(await connections(name)).toBe(1)
  })

  it('stays open for the others when the tab that opened it closes its own', async () => {
    const name = unique('stays')
    const closed: unknown[] = []
    const { join } = tabs(origin.socket({}, name))
    const first = await here(join({}, { didClose: (_task, ...told) => void closed.push(told) }), 'a')
    const second = await here(join(), 'b')
    first.close(3001, 'enough')
    expect(await first.finished).toEqual({ code: 3001, reason: 'enough' })
    expect(closed).toEqual([[3001, 'enough']])
    await second.send('c')
    expect(await second.receive()).toBe('c')
    // Who comes now finds it there.
    await here(join(), 'd')
    expect(await connections(name)).toBe(1)
    expect((await origin.journal({ url: name, ended: true })).length).toBe(0)
  })

  it('is closed by the last one, with his code, whoever he is', async () => {
    const name = unique('last')
    const { join } = tabs(origin.socket({}, name))
    const first = await here(join(), 'a')
    const second = await here(join(), 'b')
    first.close()
    await first.finished
    second.close(3002, 'the last')
    expect(await second.finished).toEqual({ code: 3002, reason: 'the last' })
    await origin.when({ url: name, ended: true })
    // Nobody is left who could hold it up.
    await here(join(), 'c')
    expect(await connections(name)).toBe(2)
  })

  it('is left by a task that is cancelled, and closed when that was the last', async () => {
    const name = unique('cancelled')
    const { join } = tabs(origin.socket({}, name))
    const first = await here(join(), 'a')
    const second = await here(join(), 'b')
    first.cancel()
    expect(await rejection(first.finished)).toMatchObject({ code: 'cancelled' })
    await second.send('c')
    expect(await take(second, 1)).toEqual(['c'])
    second.cancel()
    await origin.when({ url: name, ended: true })
  })

  it('tells all of them how the server closed it', async () => {
    const { join } = tabs(origin.socket({ closeAfter: { messages: 3, code: 4002, reason: 'over' } }))
    const first = await here(join(), 'a')
    const second = await here(join(), 'b')
    await second.send('c')
    for (const task of [first, second]) expect(await task.finished).toEqual({ code: 4002, reason: 'over' })
  })

  it('is one connection again after the server died, and tells each tab of the gap', async () => {
    const server = await privateOrigin()
    const { join } = tabs(server.socket({}, 'died'))
    const reopenings = [Promise.withResolvers<SocketGap>(), Promise.withResolvers<SocketGap>()] as const
    const tasks = reopenings.map(({ resolve }) => join({}, { didReopen: (_task, gap) => resolve(gap) }))
    for (const task of tasks) await task.send('first')
    await server.restart(50)
    const gaps = await Promise.all(reopenings.map(({ promise }) => promise))
    expect(gaps).toMatchObject([{ code: null }, { code: null }])
    for (const task of tasks) await task.send('again')
    for (const task of tasks) {
      while ((await task.receive()) === 'first');
      expect(await task.receive()).toBe('again')
    }
    expect((await server.journal({ url: 'died', ended: false })).length).toBe(1)
  })
})
