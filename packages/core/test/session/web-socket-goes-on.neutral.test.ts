/** How a WebSocket notices that nobody is there any more, and goes on over another connection. */
import { SessionConfiguration, type SessionDelegate, type SocketGap, URLError, type WebSocketTask } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { Recorder } from '../../../testing/src/recorder.ts'
import {
  desertedURL,
  inNode,
  makeSession,
  origin,
  privateOrigin,
  rejection,
  unique,
  until,
} from '../support/session.ts'

const soon = { baseDelay: 5, maximumDelay: 20 }
const failure = async (task: WebSocketTask): Promise<URLError> => (await rejection(task.finished)) as URLError

function recorded(options?: ConstructorParameters<typeof Recorder<SessionDelegate>>[0]) {
  const recorder = new Recorder<SessionDelegate>(options)
  return { recorder, session: makeSession({}, recorder.delegate) }
}

describe('a heartbeat', () => {
  const beat = { send: 'are you there?', expect: 'are you there?', interval: 20, timeout: 200 }

  it('notices a connection that is open on this side only', async () => {
    const url = origin.socket({ silentAfter: 3 })
    const task = makeSession().webSocketTask(url, { heartbeat: beat }).resume()
    const error = await failure(task)
    expect(error).toMatchObject({ code: 'networkConnectionLost', message: expect.stringContaining('within 200 ms') })
    expect(task.metrics?.socket?.roundTrip?.count).toBe(2)
    expect(task.metrics?.socket).toMatchObject({ messagesReceived: 0, messagesSent: 0 })
    // What answers it is nobody else's.
    expect(await rejection(task.receive())).toBe(task.error)
  })

  it.runIf(inNode)('of ping frames notices it too', async () => {
    const heartbeat = { interval: 20, timeout: 200 }
    const task = makeSession()
      .webSocketTask(origin.socket({ pong: false }), { heartbeat })
      .resume()
    expect(await failure(task)).toMatchObject({ code: 'networkConnectionLost' })
  })

  it('leaves what is no answer, and an answer to nothing, to the receiver', async () => {
    const heartbeat = { send: () => 'ping', expect: (message: unknown) => message === 'pong', interval: 100_000 }
    const task = makeSession()
      .webSocketTask(origin.socket({ greet: ['pong'] }), { heartbeat })
      .resume()
    expect(await task.receive()).toBe('pong')
    await task.send('other')
    expect(await task.receive()).toBe('other')
  })

  it('answers ping in a browser, with the time that it took', async () => {
    const task = makeSession().webSocketTask(origin.socket(), { heartbeat: beat }).resume()
    expect((await task.ping()).roundTrip).toBeGreaterThan(0)
  })

  it('is no sign of death while other messages arrive', async () => {
    const heartbeat = { send: 'ping', expect: 'pong', interval: 10, timeout: 60_000 }
    const task = makeSession().webSocketTask(origin.socket(), { heartbeat }).resume()
    for (let index = 0; index < 50; index++) {
      await task.send(`m${index}`)
      let message = await task.receive()
      while (message === 'ping') message = await task.receive()
      expect(message).toBe(`m${index}`)
    }
    expect(task.state).toBe('running')
  })

  it.skipIf(inNode).each([
    ['the network comes back', () => new Event('online')],
    ['its page is thawed', () => Object.assign(new Event('pageshow'), { persisted: true })],
  ])('is asked for at once when %s', async (_name, event) => {
    const heartbeat = { ...beat, interval: 3_600_000 }
    const task = makeSession()
      .webSocketTask(origin.socket({ silentAfter: 1 }), { heartbeat })
      .resume()
    await task.send('be silent')
    dispatchEvent(event())
    expect(await failure(task)).toMatchObject({ code: 'networkConnectionLost' })
  })

  it('whose functions throw is told of by a warning, and hurts nobody', async () => {
    const recorder = new Recorder<SessionDelegate>()
    const heartbeat = {
      ...beat,
      send: () => '{"type":"ping"}',
      expect: (message: unknown) => (JSON.parse(String(message)) as { type: string }).type === 'ping',
    }
    const task = makeSession({}, recorder.delegate).webSocketTask(origin.socket(), { heartbeat }).resume()
    while (task.warnings.length === 0) {
      await task.send('no JSON')
      expect(await task.receive()).toBe('no JSON')
    }
    expect(task.warnings[0]).toMatchObject({ code: 'heartbeatThrew', message: expect.stringContaining('SyntaxError') })
    expect(task.state).toBe('running')
  })
})

describe('a WebSocket that reconnects', () => {
  it('goes on over a server that died, and tells of the gap before it sends what waited', async () => {
    const server = await privateOrigin()
    const gaps: SocketGap[] = []
    const { recorder, session } = recorded({
      answers: {
        async didReopen(task, gap) {
          gaps.push(gap)
          await task.send('subscribe again')
        },
      },
    })
    const task = session.webSocketTask(server.socket(), { reconnect: { ...soon, attempts: 1000 } }).resume()
    await task.send('first')
    expect(await task.receive()).toBe('first')
    const waiting = task.receive()
    await server.restart(100)
    await recorder.when('didWarn')
    const held = task.send('while it was away')
    expect(await waiting).toBe('subscribe again')
    await held
    expect(await task.receive()).toBe('while it was away')
    expect(gaps).toMatchObject([{ code: null, reason: '', unacknowledged: ['first'], forgotten: 0 }])
    expect(gaps[0]?.until).toBeGreaterThanOrEqual(gaps[0]?.since ?? Infinity)
    task.close()
    await task.finished
    expect(recorder.names().filter((name) => !/didWarn/.test(name))).toEqual([
      'didCreateTask',
      'didOpen',
      'didReopen',
      'didClose',
      'didFinishCollectingMetrics',
      'didComplete',
    ])
    expect(task.metrics?.socket).toMatchObject({ reconnections: 1 })
    recorder.verify()
  })

  it.each([
    ['closed', (task: WebSocketTask) => task.close(3001)],
    ['cancelled', (task: WebSocketTask) => task.cancel()],
  ])('and is %s while its delegate makes a connection ready loses nothing that waits unsaid', async (how, end) => {
    const waited = Promise.withResolvers<unknown>()
    const name = unique('ready')
    const session = makeSession(
      {},
      {
        didWarn: (task) =>
          waited.resolve(
            (task as WebSocketTask).send('waited').then(
              () => 'sent',
              (error: unknown) => error,
            ),
          ),
        didReopen: (task) => end(task),
      },
    )
    const reconnect = { ...soon, request: () => ({ url: origin.socket({}, name) }) }
    const task = session.webSocketTask(origin.socket({ dropAfter: 0 }), { reconnect }).resume()
    const finished = task.finished.then(
      ({ code }) => code,
      ({ code }: URLError) => code,
    )
    const outcome = await waited.promise
    if (how === 'cancelled') {
      expect(await finished).toBe('cancelled')
      return expect(outcome).toMatchObject({ code: 'cancelled', unsent: 'waited' })
    }
    expect([outcome, await finished]).toEqual(['sent', 3001])
    // A browser hands over nothing that comes after its own close.
    if (inNode) expect(await task.receive()).toBe('waited')
  })

  it('connects with a URL and subprotocols that are asked for each time', async () => {
    const name = unique('fresh')
    const attempts: number[] = []
    const reconnect = {
      ...soon,
      request: (attempt: number) => {
        attempts.push(attempt)
        return { url: origin.socket({ greet: ['healthy'] }, name), protocols: ['token-2'], headers: { 'x-token': '2' } }
      },
    }
    const first = origin.socket({ dropAfter: 0 })
    const task = makeSession()
      .webSocketTask(first, { reconnect, protocols: ['token-1'] })
      .resume()
    expect(await task.receive()).toBe('healthy')
    expect(task.protocol).toBe('token-2')
    expect(attempts).toEqual([1])
    const [entry] = await origin.journal({ url: name })
    expect(entry?.headers).toMatchObject({ 'sec-websocket-protocol': 'token-2', ...(inNode && { 'x-token': '2' }) })
  })

  it('asks again for a URL where nobody could give one', async () => {
    const attempts: number[] = []
    const request = async (attempt: number): Promise<{ url: string }> => {
      attempts.push(attempt)
      if (attempts.length < 3) throw new Error('no token today')
      return { url: origin.socket({ greet: ['healthy'] }) }
    }
    const first = origin.socket({ dropAfter: 0 })
    const task = makeSession()
      .webSocketTask(first, { reconnect: { ...soon, request } })
      .resume()
    expect(await task.receive()).toBe('healthy')
    expect(attempts).toEqual([1, 2, 3])
    expect(task.warnings.at(-1)?.message).toContain('reconnect.request: Error: no token today')
  })

  it('gives the asking as much time as a request has, and says that it waits for an answer', async () => {
    const session = makeSession({ timeout: { request: 100 } })
    const waits: unknown[] = []
    const request = (): Promise<void> => {
      waits.push(task.waitingFor)
      return new Promise(() => {})
    }
    const url = origin.socket({ dropAfter: 0 })
    const task = session.webSocketTask(url, { reconnect: { ...soon, attempts: 2, request } }).resume()
    const error = await failure(task)
    expect(error).toMatchObject({ code: 'timedOut', message: expect.stringContaining('reconnect.request') })
    expect(waits).toEqual(['delegate', 'delegate'])
  })

  it('ends where whoever is asked gives up, or says what makes no sense', async () => {
    const refused = new URLError('userAuthenticationRequired')
    const answers = [
      [() => Promise.reject(refused), 'userAuthenticationRequired'],
      [() => ({ url: `${origin.socket()}#part` }), 'delegateFailed'],
      [() => ({ protocols: ['a', 'a'] }), 'delegateFailed'],
      [() => ({ url: 'gopher://a.test/' }), 'unsupportedURL'],
      [() => ({ url: 'ws://a.test/' }), 'appTransportSecurityRequiresSecureConnection'],
    ] as const
    for (const [request, code] of answers) {
      const url = origin.socket({ dropAfter: 0 })
      const task = makeSession()
        .webSocketTask(url, { reconnect: { ...soon, request } })
        .resume()
      expect(await failure(task)).toMatchObject({ code })
    }
  })

  it.skipIf(inNode)('tries at once when the network comes back', async () => {
    const request = (): { url: string } => ({ url: origin.socket({ greet: ['back'] }) })
    const reconnect = { baseDelay: 1_000_000, maximumDelay: 1_000_000, request }
    const task = makeSession()
      .webSocketTask(origin.socket({ dropAfter: 0 }), { reconnect })
      .resume()
    await until(task, () => task.waitingFor === 'retry')
    dispatchEvent(new Event('online'))
    expect(await task.receive()).toBe('back')
  })

  it('says what may not have arrived, and not what a later answer shows to have', async () => {
    const gap = Promise.withResolvers<SocketGap>()
    const session = makeSession({}, { didReopen: (_, told) => gap.resolve(told) })
    const reconnect = { ...soon, request: () => ({ url: origin.socket() }) }
    const heartbeat = { send: '?', expect: '?', interval: 100_000 }
    // In a browser the question is a message too.
    const dropAfter = inNode ? 3 : 4
    const task = session.webSocketTask(origin.socket({ dropAfter }), { reconnect, heartbeat }).resume()
    await task.send('arrived')
    await task.ping()
    await task.send(new Uint8Array([1, 2]))
    await task.send('perhaps')
    expect((await gap.promise).unacknowledged).toEqual([new Uint8Array([1, 2]), 'perhaps'])
  })

  it.each([
    [1012, true],
    [1001, true],
    [1000, false],
    [1008, false],
    [4001, false],
  ])('after a close with %d: %s', async (code, again) => {
    const { recorder, session } = recorded()
    const reconnect = { ...soon, request: () => ({ url: origin.socket({ closeAfter: { messages: 0, code: 1000 } }) }) }
    const task = session.webSocketTask(origin.socket({ closeAfter: { messages: 0, code } }), { reconnect }).resume()
    expect(await task.finished).toEqual({ code: again ? 1000 : code, reason: '' })
    expect(recorder.of('didReopen').map(({ args }) => (args[0] as SocketGap).code)).toEqual(again ? [code] : [])
    expect(recorder.of('didClose')).toHaveLength(1)
    recorder.verify()
  })

  it('lets its owner decide about a close', async () => {
    const asked: unknown[] = []
    const reconnect = {
      ...soon,
      request: () => ({ url: origin.socket({ greet: ['again'] }) }),
      reopens: (code: number, reason: string) => asked.push([code, reason]) > 0,
    }
    const url = origin.socket({ closeAfter: { messages: 0, code: 4001, reason: 'token' } })
    const task = makeSession().webSocketTask(url, { reconnect }).resume()
    expect(await task.receive()).toBe('again')
    expect(asked).toEqual([[4001, 'token']])
  })

  it('gives up after its attempts, with what the last one failed with', async () => {
    const url = (await desertedURL()).replace('http', 'ws')
    const task = makeSession()
      .webSocketTask(url, { reconnect: { ...soon, attempts: 3 } })
      .resume()
    const error = await failure(task)
    expect(error.code).toBe(inNode ? 'cannotConnectToHost' : 'badServerResponse')
    expect(task.metrics?.transactions).toHaveLength(4)
    expect(task.warnings.map(({ code }) => code)).toEqual(['retrying', 'retrying', 'retrying'])
  })

  it('counts losses of short connections together', async () => {
    const task = makeSession().webSocketTask(origin.socket({ dropAfter: 0 }), { reconnect: { ...soon, attempts: 2 } })
    expect(await failure(task.resume())).toMatchObject({ code: 'networkConnectionLost' })
    expect(task.metrics).toMatchObject({ socket: { reconnections: 2 } })
  })

  it('can be closed and cancelled between two connections', async () => {
    const url = (await desertedURL()).replace('http', 'ws')
    const reconnect = { baseDelay: 1_000_000, maximumDelay: 1_000_000 }
    for (const end of [(task: WebSocketTask) => task.close(), (task: WebSocketTask) => task.cancel()]) {
      const task = makeSession().webSocketTask(url, { reconnect }).resume()
      await until(task, () => task.waitingFor === 'retry')
      const sent = rejection(task.send('never'))
      end(task)
      expect(await failure(task)).toMatchObject({ code: 'cancelled' })
      expect(await sent).toMatchObject({ code: 'cancelled', unsent: 'never' })
    }
  })
})

describe('before it connects, a WebSocket', () => {
  it('waits for its moment', async () => {
    const name = unique('later')
    const task = makeSession().webSocketTask(origin.socket({ greet: ['hi'] }, name), {
      earliestBeginDate: new Date(Date.now() + 1e8),
    })
    task.resume()
    await until(task, () => task.waitingFor === 'begin-date')
    expect(await origin.journal({ url: name })).toEqual([])
    task.earliestBeginDate = null
    expect(await task.receive()).toBe('hi')
  })

  it.runIf(inNode)('waits for a network where that was asked for, and says so once', async () => {
    const recorder = new Recorder<SessionDelegate>()
    const session = makeSession(SessionConfiguration.default({ waitsForConnectivity: true }), recorder.delegate)
    const task = session.webSocketTask((await desertedURL()).replace('http', 'ws')).resume()
    await until(task, () => task.waitingFor === 'connectivity')
    await recorder.when('isWaitingForConnectivity')
    task.cancel()
    expect(await failure(task)).toMatchObject({ code: 'cancelled' })
    expect(recorder.of('isWaitingForConnectivity')).toHaveLength(1)
    recorder.verify()
  })
})
