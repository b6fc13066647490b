/** A session's WebSockets under partysocket, a library that reconnects by itself and makes a new one of the class each time. */
import { WebSocket as PartySocket } from 'partysocket'
import { expect, it } from 'vitest'
import { makeSession, origin } from '../support/session.ts'

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
