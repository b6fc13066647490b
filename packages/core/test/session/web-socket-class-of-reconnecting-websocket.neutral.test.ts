/** A session's WebSockets under reconnecting-websocket, which hands on the events of the socket that it has just then. */
import ReconnectingWebSocket from 'reconnecting-websocket'
import { expect, it } from 'vitest'
import { makeSession, privateOrigin } from '../support/session.ts'

it('reconnecting-websocket opens, echoes, comes back when the server died, and closes', async () => {
  const server = await privateOrigin()
  const socket = new ReconnectingWebSocket(server.socket(), ['chat'], {
    WebSocket: await makeSession().webSocketClass(),
    minReconnectionDelay: 1,
    maxReconnectionDelay: 10,
    minUptime: 0,
  })
  const told: unknown[] = []
  const next = (type: 'open' | 'message' | 'close'): Promise<unknown> =>
    new Promise((resolve) => {
      const hear = (event: unknown): void => {
        socket.removeEventListener(type, hear)
        resolve(event)
      }
      socket.addEventListener(type, hear)
    })
  socket.addEventListener('open', () => void told.push(`open ${socket.protocol}`))
  socket.addEventListener('error', () => void told.push('error'))
  socket.addEventListener('close', ({ code, wasClean }) => void told.push(`close ${code} ${wasClean}`))
  socket.binaryType = 'arraybuffer'
  // It keeps what is sent before it is open.
  socket.send('early')
  expect(await next('message')).toMatchObject({ data: 'early' })
  socket.send(new Uint8Array([1, 2, 3]))
  expect(await next('message')).toMatchObject({ data: new Uint8Array([1, 2, 3]).buffer })

  const [lost, again] = [next('close'), next('open')]
  await server.restart()
  await lost
  socket.send('kept')
  await again
  expect(await next('message')).toMatchObject({ data: 'kept' })
  expect(told.slice(0, 2)).toEqual(['open chat', 'close 1006 false'])

  const closed = next('close')
  socket.close(3000, 'done')
  expect(socket.readyState).toBe(ReconnectingWebSocket.CLOSING)
  await closed
  expect(socket.readyState).toBe(ReconnectingWebSocket.CLOSED)
})
