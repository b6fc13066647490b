/** A session's WebSockets in the platform's shape: what libraries that take a class of yours see, and one of them on it. */
import { createClient } from 'graphql-ws'
import { describe, expect, inject, it } from 'vitest'
import { inNode, makeSession, origin } from '../support/session.ts'

const next = (socket: WebSocket, type: string): Promise<Event> =>
  new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }))

const lost = 'close 1006 "" unclean 3'

/** How a socket of the class ends: its events with what they say, and the state in which they are told. */
async function endOf(Socket: typeof WebSocket, url: string, then: (socket: WebSocket) => void): Promise<string[]> {
  const told: string[] = []
  const socket = new Socket(url)
  for (const type of ['open', 'error', 'close'] as const)
    socket.addEventListener(type, (event) => {
      const { code, reason, wasClean } = event as CloseEvent
      const end = type === 'close' ? ` ${code} ${JSON.stringify(reason)} ${wasClean ? 'clean' : 'unclean'}` : ''
      told.push(`${type}${end} ${socket.readyState}`)
    })
  const closed = next(socket, 'close')
  then(socket)
  await closed
  return told
}

const sends = (socket: WebSocket): void => socket.addEventListener('open', () => socket.send('x'))

/** What a socket's URL makes its server do, what its owner does, and what he is told. */
const ends: [string, string, (socket: WebSocket) => void, string[]][] = [
  ['that is cut without a close frame', origin.socket({ dropAfter: 1 }), sends, ['open 1', lost]],
  [
    'that the server closes',
    origin.socket({ closeAfter: { messages: 1, code: 4001, reason: 'bye' } }),
    sends,
    ['open 1', 'close 4001 "bye" clean 3'],
  ],
  [
    'that the server closes without a code',
    origin.socket({ closeAfter: { messages: 1 } }),
    sends,
    ['open 1', 'close 1005 "" clean 3'],
  ],
  ['that is refused', origin.socket({ status: 403 }), () => {}, ['error 3', lost]],
  ['that is cut in its handshake', origin.socket({ beforeUpgrade: 'reset' }), () => {}, ['error 3', lost]],
  ['that is closed before it is open', origin.socket(), (socket) => socket.close(3000), ['error 3', lost]],
  [
    'that is closed in a handshake without an end',
    origin.socket({ beforeUpgrade: 'stall' }),
    (socket) => socket.close(),
    ['error 3', lost],
  ],
  [
    'that is closed when it is open',
    origin.socket(),
    (socket) => socket.addEventListener('open', () => socket.close(3000, 'done')),
    ['open 1', 'close 3000 "done" clean 3'],
  ],
]

describe('a WebSocket class of a session', () => {
  it.each(ends)('tells of the end of a socket %s as browsers do', async (_name, url, then, told) => {
    expect(await endOf(await makeSession().webSocketClass(), url, then)).toEqual(told)
  })

  // Node's own tells nothing of a close where it was refused.
  it.skipIf(inNode).each(ends)('is told of here as a browser tells: a socket %s', async (_name, url, then, told) => {
    expect(await endOf(WebSocket, url, then)).toEqual(told)
  })

  it('opens, sends, receives and closes like the platform’s', async () => {
    const Socket = await makeSession().webSocketClass()
    const socket = new Socket(origin.socket(), ['chat'])
    expect(socket).toMatchObject({ readyState: Socket.CONNECTING, protocol: '', bufferedAmount: 0 })
    expect(() => socket.send('too early')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }))
    await next(socket, 'open')
    expect(socket).toMatchObject({ readyState: Socket.OPEN, protocol: 'chat', url: expect.stringMatching(/^ws:/) })
    socket.binaryType = 'arraybuffer'
    const heard: unknown[] = []
    socket.onmessage = ({ data }) => heard.push(data)
    socket.send('text')
    socket.send(new Uint8Array([1, 2]))
    while (heard.length < 2) await next(socket, 'message')
    expect(heard).toEqual(['text', new Uint8Array([1, 2]).buffer])
    const closed = next(socket, 'close')
    socket.close(3000, 'done')
    expect(socket.readyState).toBe(Socket.CLOSING)
    expect(await closed).toMatchObject({ code: 3000, reason: 'done', wasClean: true })
    expect(socket.readyState).toBe(socket.CLOSED)
  })

  it('refuses what the platform refuses', async () => {
    const Socket = await makeSession().webSocketClass()
    expect(() => new Socket('ftp://a.test/')).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
    expect(() => new Socket(origin.socket(), ['a', 'a'])).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
    const other = new Socket(origin.socket())
    expect(() => other.close(999)).toThrow(expect.objectContaining({ name: 'InvalidAccessError' }))
    expect(() => other.close(1000, 'x'.repeat(124))).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
  })

  it('sends as text what is no message, as the platform does', async () => {
    const Socket = await makeSession().webSocketClass()
    const socket = new Socket(origin.socket())
    await next(socket, 'open')
    const heard: unknown[] = []
    socket.onmessage = ({ data }) => heard.push(data)
    for (const what of [5, null, { toString: () => 'object' }]) socket.send(what as unknown as string)
    while (heard.length < 3) await next(socket, 'message')
    expect(heard).toEqual(['5', 'null', 'object'])
    expect(socket.bufferedAmount).toBe(0)
  })

  it('is closed where it cannot send what it was given, and loses nothing unsaid', async () => {
    const Socket = await makeSession().webSocketClass({ highWaterMark: 1, outbox: { limit: 2 } })
    const told = await endOf(Socket, origin.socket({ silentAfter: 0, echo: false }), (socket) =>
      socket.addEventListener('open', () => {
        for (let index = 0; index < 10; index++) socket.send(new Uint8Array(8_000_000))
      }),
    )
    expect(told).toEqual(['open 1', 'error 3', lost])
  })

  it('has handlers that are listeners, in their turn, and are called on the socket', async () => {
    const Socket = await makeSession().webSocketClass()
    const socket = new Socket(origin.socket({ greet: ['hi'] }))
    const heard: unknown[] = []
    socket.addEventListener('message', () => heard.push('before'))
    socket.onmessage = () => heard.push('never')
    socket.addEventListener('message', () => heard.push('after'))
    const handler = function (this: unknown, event: MessageEvent): void {
      heard.push(this === socket, event.target === socket, event.data)
    }
    socket.onmessage = handler
    expect(socket.onmessage).toBe(handler)
    await next(socket, 'message')
    expect(heard).toEqual(['before', true, true, 'hi', 'after'])
    socket.onmessage = null
    socket.send('again')
    await next(socket, 'message')
    expect(heard.slice(5)).toEqual(['before', 'after'])
  })

  it('tells a delegate that is made of a class all that it tells others', async () => {
    const told: string[] = []
    class Delegate {
      readonly #told = told
      didOpen(): void {
        this.#told.push('didOpen')
      }
      didClose(): void {
        this.#told.push('didClose')
      }
      didComplete(): void {
        this.#told.push('didComplete')
      }
    }
    const Socket = await makeSession().webSocketClass({ delegate: new Delegate() })
    const socket = new Socket(origin.socket())
    await next(socket, 'open')
    socket.close()
    await next(socket, 'close')
    expect(told).toEqual(['didOpen', 'didClose', 'didComplete'])
  })

  it('carries graphql-ws: a query, a subscription, and its end', async () => {
    const response = await fetch(`${inject('origin')}/__graphql`, { method: 'POST' })
    const webSocketImpl = await makeSession().webSocketClass()
    const client = createClient({ url: await response.text(), webSocketImpl })
    const results: unknown[] = []
    for await (const { data } of client.iterate({ query: '{ hello }' })) results.push(data)
    for await (const { data } of client.iterate({ query: 'subscription { countdown(from: 3) }' })) results.push(data)
    expect(results).toEqual([{ hello: 'world' }, { countdown: 3 }, { countdown: 2 }, { countdown: 1 }])
    await client.dispose()
  })
})
