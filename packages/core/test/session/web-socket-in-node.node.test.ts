/** What a WebSocket can do in Node and not in a browser: stop reading, compress what it sends, and say how it was lost. */
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws'
import { wire } from '../../../testing/src/contracts/transport-stage.ts'
import { nodeSockets } from '../../src/platform/node/web-socket-transport.ts'
import { SessionConfiguration } from '../../src/entries/node.ts'
import { makeSession, origin, rejection, until } from '../support/session.ts'

const MiB = 1 << 20

/** A server that does with each connection, which stands on a line, what a test wants. */
async function server(use: (socket: WebSocket, line: Socket) => void, options: ServerOptions = {}): Promise<string> {
  const all = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 1 << 30, ...options })
  all.on('connection', (socket, { socket: line }) => {
    socket.on('error', () => {})
    use(socket, line)
  })
  await once(all, 'listening')
  onTestFinished(() => {
    for (const socket of all.clients) socket.terminate()
    all.close()
  })
  return `ws://127.0.0.1:${(all.address() as AddressInfo).port}/`
}

test('a close waits for what was sent, however long the server is busy', async () => {
  const reads = Promise.withResolvers<void>()
  let bytes = 0
  const url = await server((socket, line) => {
    socket.on('message', (data: Buffer) => (bytes += data.length))
    line.pause()
    void reads.promise.then(() => line.resume())
  })
  const transport = nodeSockets(SessionConfiguration.default().settings)
  const request = wire(url.replace('ws', 'http'))
  const { socket } = await transport.open(request, { protocols: [], maximumMessageSize: MiB })
  const ended = new Promise((resolve) => socket?.listen({ message: () => {}, closed: resolve }))
  for (let index = 0; index < 20; index++) void socket?.send(new Uint8Array(MiB))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  socket?.close(3000, 'done')
  vi.advanceTimersByTime(60_000)
  vi.useRealTimers()
  reads.resolve()
  expect(await ended).toEqual({ code: 3000, reason: 'done', error: null })
  expect(bytes).toBe(20 * MiB)
})

test('what is compressed is sent as it was when send was called', async () => {
  const task = makeSession()
    .webSocketTask(origin.socket({ deflate: true }))
    .resume()
  await task.send('is it?')
  expect(await task.receive()).toBe('is it?')
  expect(task.response?.headers.get('sec-websocket-extensions')).toContain('permessage-deflate')
  const buffers = Array.from({ length: 5 }, (_, index) => new Uint8Array(100_000).fill(index))
  for (const buffer of buffers) {
    void task.send(buffer)
    buffer.fill(99)
  }
  for (const [index] of buffers.entries()) {
    const message = (await task.receive()) as Uint8Array
    expect([message.length, message.every((byte) => byte === index)]).toEqual([100_000, true])
  }
  expect(task.state).toBe('running')
})

test('a reset after the handshake is a loss, which may be tried again', async () => {
  const url = await server((_, line) => line.resetAndDestroy())
  const task = makeSession().webSocketTask(url).resume()
  expect(await rejection(task.finished)).toMatchObject({ code: 'networkConnectionLost', retryable: true })
})

test('a message that is too long ends a task that reconnects: the next would be as long', async () => {
  let connections = 0
  const url = await server((socket) => {
    connections += 1
    socket.send(new Uint8Array(2 * MiB))
  })
  const task = makeSession()
    .webSocketTask(url, { reconnect: { baseDelay: 5, maximumDelay: 20 } })
    .resume()
  const error = await rejection(task.finished)
  expect(error).toMatchObject({ code: 'dataLengthExceedsMaximum', message: expect.stringContaining('1048576 bytes') })
  expect(connections).toBe(1)
})

test('suspended, it reads nothing, and then everything', async () => {
  const flood = (socket: WebSocket): void => {
    for (let index = 0; index < 100; index++) socket.send(new Uint8Array(MiB))
    socket.close(1000)
  }
  const url = await server(flood)
  const task = makeSession().webSocketTask(url).resume()
  let count = 0
  const reading = (async () => {
    for await (const _ of task) if (++count === 5) task.suspend()
  })()
  await until(task, () => task.state === 'suspended')
  const other = makeSession().webSocketTask(url).resume()
  let others = 0
  for await (const _ of other) others += 1
  expect(others).toBe(100)
  expect(count).toBeLessThan(50)
  task.resume()
  await reading
  expect(count).toBe(100)
})
