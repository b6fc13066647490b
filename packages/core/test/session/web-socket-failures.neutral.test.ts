/** How a WebSocket that cannot be opened, or cannot go on, fails; and what is refused at the call. */
import {
  SessionConfiguration,
  type SocketGap,
  type URLError,
  type WebSocketOptions,
  type WebSocketTask,
} from 'urlsession'
import { beforeEach, describe, expect, it } from 'vitest'
import { desertedURL, inNode, makeSession, origin, privateOrigin, rejection, unique } from '../support/session.ts'

const opened = (...given: Parameters<ReturnType<typeof makeSession>['webSocketTask']>): WebSocketTask =>
  makeSession()
    .webSocketTask(...given)
    .resume()
const failure = async (task: WebSocketTask): Promise<URLError> => (await rejection(task.finished)) as URLError

/** In a browser nobody may know why there was no connection. */
const hidden = { code: 'badServerResponse', number: -1011, opaque: true, retryable: true }

describe('a handshake', () => {
  it.each([
    ['that is answered with 403', { status: 403 }, { code: 'badServerResponse', status: 403, retryable: false }],
    ['that is answered with 503', { status: 503 }, { code: 'badServerResponse', status: 503, retryable: true }],
    ['that is reset', { beforeUpgrade: 'reset' as const }, { code: 'networkConnectionLost' }],
    ['that ends without an answer', { beforeUpgrade: 'close' as const }, { code: 'networkConnectionLost' }],
    ['that chooses what nobody offered', { protocol: 'mine' }, { code: 'badServerResponse', status: null }],
  ])('%s fails, with its cause where that is shown', async (_, behaviour, told) => {
    const task = opened(origin.socket(behaviour))
    const waiting = [rejection(task.receive()), rejection(task.send('unsent'))]
    const error = await failure(task)
    expect(error).toMatchObject(inNode ? told : hidden)
    expect(error.url).toMatch(/^ws:/)
    expect(await waiting[0]).toMatchObject({ code: error.code })
    expect(await waiting[1]).toMatchObject({ code: error.code, unsent: 'unsent' })
    expect(task).toMatchObject({ closeCode: null, protocol: '' })
  })

  it('with nobody there fails, and names that in Node', async () => {
    const error = await failure(opened((await desertedURL()).replace('http', 'ws')))
    expect(error).toMatchObject(inNode ? { code: 'cannotConnectToHost', number: -1004 } : hidden)
  })

  it('that is never answered times out', async () => {
    const session = makeSession({ timeout: { request: 300 } })
    const error = await failure(session.webSocketTask(origin.socket({ beforeUpgrade: 'stall' })).resume())
    expect(error).toMatchObject({ code: 'timedOut', name: 'TimeoutError' })
  })

  it('can be cancelled while it is under way', async () => {
    const task = opened(origin.socket({ beforeUpgrade: 'stall' }, 'stalled-handshake'))
    await origin.when({ url: 'stalled-handshake' })
    task.cancel()
    expect(await failure(task)).toMatchObject({ code: 'cancelled', name: 'AbortError' })
  })
})

describe('a message', () => {
  it('that is longer than allowed ends the task, and the error says how long', async () => {
    const task = opened(origin.socket({ burst: { count: 1, size: 1_048_577 } }))
    const error = await failure(task)
    expect(error).toMatchObject({ code: 'dataLengthExceedsMaximum', number: -1103 })
    expect(error.message).toContain(inNode ? 'more than the 1048576 bytes' : '1048577 bytes, more than the 1048576')
    expect(await rejection(task.receive())).toMatchObject({ code: 'dataLengthExceedsMaximum' })
  })

  it('that is just as long as allowed arrives, by option or property', async () => {
    const url = origin.socket({ burst: { count: 1, size: 2_000_000 } })
    const byOption = opened(url, { maximumMessageSize: 2_000_000 })
    const byProperty = makeSession().webSocketTask(url)
    byProperty.maximumMessageSize = 2_000_000
    byProperty.resume()
    for (const task of [byOption, byProperty]) expect((await task.receive()).length).toBe(2_000_000)
  })

  it('is measured in bytes, not in characters', async () => {
    const [fits, exceeds] = [10, 9].map((maximumMessageSize) =>
      opened(origin.socket({ greet: ['✓✓✓!'] }), { maximumMessageSize }),
    ) as [WebSocketTask, WebSocketTask]
    expect(await fits.receive()).toBe('✓✓✓!')
    expect(await failure(exceeds)).toMatchObject({ code: 'dataLengthExceedsMaximum' })
  })

  it('that is neither text nor bytes is refused', async () => {
    const task = opened(origin.socket())
    await expect(task.send(5 as never)).rejects.toThrow(TypeError)
    await task.send('still fine')
    expect(await task.receive()).toBe('still fine')
    await expect(task.send(null as never)).rejects.toThrow(TypeError)
  })

  it('that nobody could copy is refused the same way, before anything is loaded', async () => {
    const task = makeSession().webSocketTask(origin.socket())
    await expect(task.send((() => {}) as never)).rejects.toThrow(/^send: the message was function/)
    await expect(task.send(new Proxy({}, {}) as never)).rejects.toThrow(TypeError)
  })

  it.each([
    ['is not called sent', false],
    ['is in the gap where it reconnects, and called sent', true],
  ])('that was cut off %s', async (_, reconnects) => {
    const server = await privateOrigin()
    const gap = Promise.withResolvers<SocketGap>()
    const session = makeSession({}, { didReopen: (_task, told) => gap.resolve(told) })
    const reconnect = { baseDelay: 5, maximumDelay: 20, request: () => ({ url: origin.socket({ echo: false }) }) }
    const url = server.socket({ greet: ['open'], silentAfter: 0 })
    const task = session.webSocketTask(url, reconnects ? { reconnect } : {}).resume()
    expect(await task.receive()).toBe('open')
    // Together more than any buffer between the two takes; each can be remembered.
    const sent = Array.from({ length: 8 }, () =>
      task.send(new Uint8Array(4_000_000)).then(
        () => null,
        (error: unknown) => error as URLError & { unsent: Uint8Array },
      ),
    )
    await server.dropAllConnections()
    if (reconnects) {
      const { unacknowledged, forgotten } = await gap.promise
      expect(await Promise.all(sent)).toEqual(sent.map(() => null))
      expect(unacknowledged.length).toBeGreaterThan(0)
      expect(unacknowledged.length + forgotten).toBeLessThan(sent.length)
      return
    }
    expect(await failure(task)).toMatchObject({ code: 'networkConnectionLost' })
    const refused = (await Promise.all(sent)).filter((outcome) => outcome !== null)
    expect(task.metrics?.socket?.messagesSent).toBe(sent.length - refused.length + 1)
    for (const { code, unsent } of refused)
      expect([code, unsent.byteLength]).toEqual(['networkConnectionLost', 4_000_000])
  })
})

describe('an inbox', () => {
  it('that is full ends the task where nobody said otherwise for it', async () => {
    const options: WebSocketOptions = { inbox: { limit: 3, whenFull: 'close' } }
    const task = opened(origin.socket({ burst: { count: 10, size: 5 } }), options)
    expect(await failure(task)).toMatchObject({
      code: 'dataLengthExceedsMaximum',
      message: expect.stringContaining('inbox'),
    })
  })

  it('that forgets the oldest keeps the newest, and counts', async () => {
    const url = origin.socket({ burst: { count: 10, size: 2, text: true }, closeAfter: { messages: 0, code: 1000 } })
    const task = opened(url, { inbox: { limit: 3, whenFull: 'drop-oldest' } })
    await task.finished
    const kept = []
    for await (const message of task) kept.push(message)
    expect(kept).toEqual(['.7', '.8', '.9'])
    expect(task.metrics?.socket).toMatchObject({ messagesReceived: 10, messagesDropped: 7 })
  })

  it.runIf(inNode)('that waits, as in Node by default, loses nothing and ends nothing', async () => {
    const url = origin.socket({ burst: { count: 300, size: 100_000 }, closeAfter: { messages: 0, code: 1000 } })
    const task = opened(url, { inbox: { limit: 2 } })
    let count = 0
    for await (const message of task) expect((message as Uint8Array)[0]).toBe(count++ % 256)
    expect(count).toBe(300)
  })
})

describe('an inbox that is to wait', () => {
  it.skipIf(inNode)('is refused where reading cannot be stopped', async () => {
    const task = opened(origin.socket(), { inbox: { whenFull: 'wait' } })
    expect(await failure(task)).toMatchObject({ code: 'unsupportedByPlatform' })
  })
})

describe('an outbox', () => {
  it('that is full refuses what is one too many, and keeps the rest', async () => {
    const task = makeSession().webSocketTask(origin.socket(), { outbox: { limit: 2 } })
    const sent = [task.send('a'), task.send('b')]
    expect(await rejection(task.send('c'))).toMatchObject({ code: 'dataLengthExceedsMaximum', unsent: 'c' })
    task.resume()
    await Promise.all(sent)
    expect([await task.receive(), await task.receive()]).toEqual(['a', 'b'])
  })

  it('holds a sender back while the other side reads nothing', async () => {
    const task = opened(origin.socket({ silentAfter: 1, echo: false }), { highWaterMark: 100_000 })
    await task.send('be silent')
    let sent = 0
    const sending = (async () => {
      // More than any buffer between the two takes.
      for (; sent < 1000; sent++) await task.send(new Uint8Array(1_000_000))
    })()
    const held = rejection(sending)
    await task.send('behind it').catch(() => {})
    task.cancel()
    expect(await held).toMatchObject({ code: 'cancelled' })
    expect(sent).toBeLessThan(1000)
  })
})

describe('refused at the call', () => {
  const url = origin.socket()
  let session: ReturnType<typeof makeSession>
  beforeEach(() => {
    session = makeSession()
  })

  it.each([
    ['ftp://a.test/', 'unsupportedURL'],
    ['file:///etc/passwd', 'unsupportedURL'],
    ['wss://a.test/#part', 'badURL'],
    ['wss://', 'badURL'],
    ['ws://a.test/', 'appTransportSecurityRequiresSecureConnection'],
    ['http://a.test/', 'appTransportSecurityRequiresSecureConnection'],
  ])('is %s (%s)', (bad, code) => {
    expect(() => session.webSocketTask(bad)).toThrow(expect.objectContaining({ code }))
  })

  it('is ws, but not to a host that the session names', () => {
    const lax = makeSession({ transportSecurity: { exceptions: { 'a.test': { allowsInsecureHTTP: true } } } })
    expect(lax.webSocketTask('ws://a.test/').state).toBe('suspended')
    expect(session.webSocketTask('wss://a.test/').state).toBe('suspended')
  })

  it.each<[string, unknown]>([
    ['protocols', { protocols: ['chat', 'chat'] }],
    ['protocols', { protocols: ['a b'] }],
    ['protocols', { protocols: [''] }],
    ['protocols', { protocols: 'chat' }],
    ['heartbeat', { heartbeat: { send: 'ping' } }],
    ['heartbeat', { heartbeat: { expect: 'pong' } }],
    ['heartbeat.interval', { heartbeat: { send: 'a', expect: 'b', interval: 0 } }],
    ['highWaterMark', { highWaterMark: 0 }],
    ['maximumMessageSize', { maximumMessageSize: 1.5 }],
    ['inbox.whenFull', { inbox: { whenFull: 'explode' } }],
    ['reconnect', { reconnect: 'often' }],
    ['reconnect.attempts', { reconnect: { attempts: 0 } }],
    ['typo', { typo: 1 }],
  ])('is an option %s that is wrong, by name', (name, options) => {
    const make = (): unknown => session.webSocketTask(url, options as WebSocketOptions)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(`"${name}"`)
  })

  it('is a method other than GET, and a body', () => {
    expect(() => session.webSocketTask({ url, method: 'POST' })).toThrow(/no method but GET/)
    expect(() => session.webSocketTask({ url, body: 'x' })).toThrow(
      expect.objectContaining({ code: 'dataLengthExceedsMaximum' }),
    )
  })

  it.each([999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN])('is the close code %d', (code) => {
    const task = session.webSocketTask(url)
    expect(() => task.close(code)).toThrow(TypeError)
    expect(task.state).toBe('suspended')
  })

  it('is the close code 1001 in a browser', async () => {
    const task = session.webSocketTask(url)
    if (!inNode) return expect(() => task.close(1001)).toThrow(/1001.*allowed is 1000, 3000 to 4999/)
    task.resume()
    task.close(1001)
    expect(await task.finished).toEqual({ code: 1001, reason: '' })
  })

  it('is a close reason of more than 123 bytes, not of 123', () => {
    const task = session.webSocketTask(url)
    expect(() => task.close(1000, '✓'.repeat(42))).toThrow(/123 bytes/)
    expect(() => task.close(1000, '✓'.repeat(41))).not.toThrow()
  })

  it('is a heartbeat of ping frames in a browser', () => {
    const make = (): unknown => session.webSocketTask(url, { heartbeat: { interval: 1000 } })
    if (inNode) expect(make).not.toThrow()
    else expect(make).toThrow(/heartbeat/)
  })

  it('is a task of a background session', () => {
    const make = (): unknown => makeSession(SessionConfiguration.background(unique('sockets'))).webSocketTask(url)
    expect(make).toThrow(expect.objectContaining({ code: 'unsupportedByPlatform' }))
  })
})

describe('a ping', () => {
  it('is a frame in Node, and in a browser without a heartbeat it is refused, never claimed', async () => {
    const task = opened(origin.socket({ greet: ['hi'] }))
    if (!inNode) {
      await task.receive()
      return expect(await rejection(task.ping())).toMatchObject({ code: 'unsupportedByPlatform' })
    }
    const { roundTrip } = await task.ping()
    expect(roundTrip).toBeGreaterThan(0)
    await Promise.all([task.ping(), task.ping()])
    task.close()
    await task.finished
    expect(task.metrics?.socket?.roundTrip).toMatchObject({ count: 3 })
  })

  it('that nobody answers is rejected with the end of the task', async () => {
    const task = opened(origin.socket({ greet: ['hi'], pong: false, echo: false }), {
      ...(inNode ? {} : { heartbeat: { send: 'ping', expect: 'pong' } }),
    })
    await task.receive()
    const asked = rejection(task.ping())
    task.cancel()
    expect(await asked).toMatchObject({ code: 'cancelled' })
  })
})
