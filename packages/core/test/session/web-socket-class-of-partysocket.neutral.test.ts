/**
 * A session's WebSockets under partysocket, a library that reconnects by itself and makes a new one of the class each time. Where a
 * socket has an error, it tells its own listeners of a close of its own making, with 1000 and clean, and no longer hears the socket's; so
 * what it tells of a connection that was cut shows whether ours is one without an error, as a browser's. In Node it copies a close event to
 * one that is always clean, and gives it a reason.
 */
import { WebSocket as PartySocket } from 'partysocket'
import { expect, it } from 'vitest'
import { inNode, makeSession, origin, privateOrigin } from '../support/session.ts'

const next = <T extends Event = Event>(socket: PartySocket, type: 'open' | 'message' | 'close'): Promise<T> =>
  new Promise((resolve) => socket.addEventListener(type, (event) => resolve(event as Event as T), { once: true }))

const quick = { minReconnectionDelay: 1, maxReconnectionDelay: 10, minUptime: 0 }

it('partysocket sends and hears text and bytes over it', async () => {
  const socket = new PartySocket(origin.socket(), ['chat'], {
    ...quick,
    WebSocket: await makeSession().webSocketClass(),
  })
  socket.binaryType = 'arraybuffer'
  // It keeps what is sent before it is open.
  socket.send('early')
  expect((await next<MessageEvent>(socket, 'message')).data).toBe('early')
  expect(socket.protocol).toBe('chat')
  socket.send(new Uint8Array([1, 2, 3]))
  expect((await next<MessageEvent>(socket, 'message')).data).toEqual(new Uint8Array([1, 2, 3]).buffer)
  const closed = next(socket, 'close')
  socket.close(3000, 'done')
  await closed
  expect(socket.shouldReconnect).toBe(false)
})

it('partysocket comes back over a new one when the connection is cut, and sends what it kept', async () => {
  const session = makeSession()
  const opened: string[] = []
  const Socket = await session.webSocketClass()
  const urls = [origin.socket({ dropAfter: 1 }), origin.socket()]
  const socket = new PartySocket(() => urls.shift() ?? origin.socket(), [], { ...quick, WebSocket: Socket })
  socket.addEventListener('open', () => opened.push('open'))
  await next(socket, 'open')
  const lost = next(socket, 'close')
  socket.send('last words')
  await lost
  socket.send('kept')
  let heard: MessageEvent
  do heard = await next<MessageEvent>(socket, 'message')
  while (heard.data !== 'kept')
  expect(opened).toEqual(['open', 'open'])
  socket.close()
  await session.close()
})

it.each(['at the server', 'behind a message'])(
  'partysocket tells of a cut %s by 1006, and opens another',
  async (how) => {
    const server = await privateOrigin()
    const url = server.socket(how === 'behind a message' ? { dropAfter: 1 } : {})
    const told: unknown[] = []
    const socket = new PartySocket(url, [], { ...quick, WebSocket: await makeSession().webSocketClass() })
    for (const type of ['open', 'error', 'close'] as const)
      socket.addEventListener(type, (event) => told.push('code' in event ? [type, event.code, event.wasClean] : type))
    await next(socket, 'open')
    const [lost, again] = [next(socket, 'close'), next(socket, 'open')]
    if (how === 'behind a message') socket.send('x')
    else await server.dropAllConnections()
    await lost
    await again
    expect(told).toEqual(['open', ['close', 1006, inNode], 'open'])
    socket.close()
  },
)
