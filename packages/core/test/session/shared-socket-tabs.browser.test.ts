/** What tabs that share a WebSocket do when something goes wrong: between them, in the tab that holds it, and at the server. */
import { SessionConfiguration, type SessionDelegate, type SocketGap, type WebSocketTask } from 'urlsession'
import { afterEach, describe, expect, it } from 'vitest'
import { holdLock } from '../../src/platform/browser/hold-lock.ts'
import { names, SharedChannel, type ToHost, type ToRoom } from '../../src/platform/browser/shared-socket-wire.ts'
import { makeSession, origin, privateOrigin, rejection, unique, until } from '../support/session.ts'

type Options = NonNullable<Parameters<ReturnType<typeof makeSession>['webSocketTask']>[1]>

const reconnect = { baseDelay: 5, maximumDelay: 20, attempts: 1000 }
const roomOf = (identifier: string): string => names.room(identifier, { name: 'it' })

function join(identifier: string, url: string, options: Options = {}, delegate?: SessionDelegate): WebSocketTask {
  const session = makeSession(SessionConfiguration.background(identifier), delegate)
  return session.webSocketTask(url, { shared: 'it', reconnect, ...options }).resume()
}

const ends: (() => void)[] = []
afterEach(() => ends.splice(0).forEach((end) => end()))

/** A host that does nothing by itself; `die` is what a browser makes of a tab that crashed. */
async function silentHost(identifier: string, url: string) {
  const room = roomOf(identifier)
  const uid = unique('host-of-the-test')
  const release = [await holdLock(room), await holdLock(names.one(room, uid))]
  const heard: ToHost[] = []
  const came = Promise.withResolvers<ReturnType<typeof SharedChannel.ofHost>>()
  let wake = (): void => {}
  const lobby = SharedChannel.room(room, (said: ToRoom) => {
    if (said.type !== 'join') return
    const link = SharedChannel.ofHost(names.one(room, said.guest), (one) => {
      heard.push(one)
      wake()
    })
    ends.push(() => link.close())
    link.say({ type: 'admitted', host: uid, protocol: '' })
    came.resolve(link)
  })
  const die = (): void => {
    lobby.close()
    for (const letGo of release) letGo()
  }
  ends.push(die)
  return {
    url,
    guest: came.promise,
    die,
    async hears(fits: (said: ToHost) => boolean): Promise<void> {
      while (!heard.some(fits)) await new Promise<void>((resolve) => (wake = resolve))
    },
  }
}

describe('when the tab that holds a shared WebSocket goes', () => {
  it('a message under way is rejected with itself, and is in no gap', async () => {
    const identifier = unique('dies')
    const gaps: SocketGap[] = []
    const url = origin.socket()
    const host = await silentHost(identifier, url)
    const task = join(identifier, url, {}, { didReopen: (_task, gap) => void gaps.push(gap) })
    const link = await host.guest
    const confirmed = task.send('confirmed')
    await host.hears((said) => said.type === 'message')
    link.say({ type: 'sent', count: 1 })
    await confirmed
    const sent = rejection(task.send(new Uint8Array([1, 2])))
    await host.hears((said) => said.type === 'message' && said.message instanceof Uint8Array)
    host.die()
    expect(await sent).toMatchObject({ code: 'networkConnectionLost', unsent: new Uint8Array([1, 2]) })
    await task.send('after')
    expect(await task.receive()).toBe('after')
    expect(gaps).toMatchObject([{ code: null, unacknowledged: ['confirmed'], forgotten: 0 }])
  })

  it('another opens it at once, whatever reconnect says about delays', async () => {
    const identifier = unique('at-once')
    const host = await silentHost(identifier, origin.socket())
    const reopened = Promise.withResolvers<void>()
    const slow = { reconnect: { baseDelay: 3_600_000, maximumDelay: 3_600_000 } }
    const task = join(identifier, host.url, slow, { didReopen: () => reopened.resolve() })
    await host.guest
    host.die()
    await reopened.promise
    await task.send('after')
    expect(await task.receive()).toBe('after')
  })

  it('one who was saying goodbye has said it', async () => {
    const identifier = unique('goodbye')
    const host = await silentHost(identifier, origin.socket())
    const task = join(identifier, host.url)
    await host.guest
    await until(task, () => task.state === 'running')
    const sent = task.send('last').catch(() => {})
    task.close(3005, 'bye')
    await host.hears((said) => said.type === 'close')
    host.die()
    await sent
    expect(await task.finished).toEqual({ code: 3005, reason: 'bye' })
  })
})

describe('between two tabs', () => {
  it('what comes twice, or with one left out, ends the connection and is given to nobody', async () => {
    const identifier = unique('numbers')
    const gaps: SocketGap[] = []
    const host = await silentHost(identifier, origin.socket())
    const task = join(identifier, host.url, {}, { didReopen: (_task, gap) => void gaps.push(gap) })
    const link = await host.guest
    link.say({ type: 'message', number: 1, message: 'first' })
    link.say({ type: 'message', number: 1, message: 'first again' })
    link.say({ type: 'message', number: 2, message: 'second' })
    expect(await task.receive()).toBe('first')
    await host.hears((said) => said.type === 'leave')
    host.die()
    await task.send('after')
    expect(await task.receive()).toBe('after')
    expect(gaps.length).toBe(1)
  })

  it('what is none of their words is not heard', async () => {
    const identifier = unique('garbage')
    const host = await silentHost(identifier, origin.socket())
    const task = join(identifier, host.url)
    const link = await host.guest
    const garbage = [
      null,
      7,
      'message',
      {},
      { type: 'toString' },
      { type: 'message', number: 1 },
      { type: 'closed', code: 'x' },
    ]
    for (const said of garbage) link.say(said as never)
    link.say({ type: 'message', number: 1, message: 'sense' })
    expect(await task.receive()).toBe('sense')
  })

  it('another URL, or other protocols, under one name is an error, and nothing is sent', async () => {
    const [identifier, name] = [unique('other'), unique('other')]
    const task = join(identifier, origin.socket({}, unique('one')))
    await task.send('here')
    for (const [url, options] of [
      [origin.socket({}, name), {}],
      [task.originalRequest.url, { protocols: ['chat'] }],
    ] as const)
      expect(await rejection(join(identifier, url, options).finished)).toMatchObject({ code: 'duplicateKey' })
    expect(await origin.journal({ url: name })).toEqual([])
    expect(task.state).toBe('running')
  })

  it('one that takes nothing is told no more than an inbox holds, and stops nobody', async () => {
    const identifier = unique('frozen')
    const [room, uid] = [roomOf(identifier), unique('frozen-guest')]
    const url = origin.socket({ echo: true })
    const task = join(identifier, url, { inbox: { limit: 100_000 } })
    await task.send('here')
    const told: string[] = []
    const over = Promise.withResolvers<void>()
    const admitted = Promise.withResolvers<void>()
    ends.push(await holdLock(names.one(room, uid)))
    const link = SharedChannel.ofGuest(names.one(room, uid), (said) => {
      told.push(said.type)
      if (said.type === 'admitted') admitted.resolve()
      if (said.type === 'cut') over.resolve()
    })
    const lobby = SharedChannel.room(room, () => {})
    ends.push(
      () => link.close(),
      () => lobby.close(),
    )
    lobby.say({ type: 'join', guest: uid, url: task.originalRequest.url, protocols: [] })
    await admitted.promise
    for (let index = 0; index < 10_050; index++) await task.send(`n${index}`)
    await over.promise
    for (let index = -1; index < 10_050; index++) expect(await task.receive()).toBe(index < 0 ? 'here' : `n${index}`)
    expect(told.filter((type) => type === 'message').length).toBe(10_001)
    expect(told.at(-1)).toBe('cut')
  })
})

describe('a heartbeat on a shared WebSocket', () => {
  const beat = { send: 'are you there?', expect: 'are you there?', interval: 3_600_000, timeout: 1000 }

  it('is asked for by every tab, and its answers are given to none', async () => {
    const identifier = unique('beat')
    const url = origin.socket()
    const tasks = [join(identifier, url, { heartbeat: beat }), join(identifier, url, { heartbeat: beat })]
    for (const task of tasks) expect((await task.ping()).roundTrip).toBeGreaterThan(0)
    await tasks[1]?.send('message')
    for (const task of tasks) expect(await task.receive()).toBe('message')
  })

  it('acknowledges what a tab sent by way of another', async () => {
    const server = await privateOrigin()
    const identifier = unique('acknowledged')
    const reopened = Promise.withResolvers<SocketGap>()
    const url = server.socket({ echo: true })
    const first = join(identifier, url, { heartbeat: beat })
    await first.ping()
    const second = join(identifier, url, { heartbeat: beat }, { didReopen: (_task, gap) => reopened.resolve(gap) })
    await second.send('arrived')
    await second.ping()
    await second.send('nobody knows')
    await server.restart(20)
    expect((await reopened.promise).unacknowledged).toEqual(['nobody knows'])
  })

  it('that is not answered is a loss for all of them', async () => {
    const [identifier, name] = [unique('half-open'), unique('half-open')]
    const url = origin.socket({ silentAfter: 2 }, name)
    const reopened = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
    const asks = (interval: number): Options => ({ heartbeat: { ...beat, interval, timeout: 100 } })
    // The one that holds it does not ask.
    const first = join(identifier, url, asks(3_600_000), { didReopen: () => reopened[0].resolve() })
    await first.send('a')
    const second = join(identifier, url, asks(20), { didReopen: () => reopened[1].resolve() })
    await second.send('b')
    await Promise.all(reopened.map(({ promise }) => promise))
    first.cancel()
    second.cancel()
    await Promise.all([rejection(first.finished), rejection(second.finished)])
    expect((await origin.journal({ url: name })).length).toBeGreaterThan(1)
  })

  it('fails in a tab that has one where the one that holds the connection has none', async () => {
    const identifier = unique('no-beat')
    const url = origin.socket()
    const first = join(identifier, url)
    await first.send('a')
    const second = join(identifier, url, { heartbeat: beat })
    expect(await rejection(second.ping())).toMatchObject({ code: 'unsupportedByPlatform' })
    await second.send('b')
    expect(await first.receive()).toBe('a')
    expect(await first.receive()).toBe('b')
  })
})

describe('a shared WebSocket that cannot be had', () => {
  it('fails in all tabs, which do not try one after another', async () => {
    const [identifier, name] = [unique('refused'), unique('refused')]
    const url = origin.socket({ beforeUpgrade: 'close' }, name)
    const tasks = [1, 2, 3].map(() => join(identifier, url, { reconnect: { ...reconnect, attempts: 1 } }))
    for (const task of tasks) expect(await rejection(task.finished)).toMatchObject({ code: 'badServerResponse' })
    expect((await origin.journal({ url: name })).length).toBeLessThanOrEqual(6)
  })

  it('is tried by another when the tab that was opening it changes its mind', async () => {
    const server = await privateOrigin()
    const identifier = unique('mind')
    const url = server.socket({ beforeUpgrade: 'stall' }, 'stalled')
    const first = join(identifier, url)
    await server.when({ url: 'stalled' })
    const second = join(identifier, url)
    first.cancel()
    await rejection(first.finished)
    const [{ id } = { id: 0 }] = await server.journal({ url: 'stalled' })
    await server.when({ url: 'stalled', id: id + 1 })
    second.cancel()
    await rejection(second.finished)
  })
})
