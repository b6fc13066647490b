/** A WebSocket server that sends every message back, or as many as it is told to. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'

export interface SocketServer {
  readonly url: string
  readonly stop: () => void
}

export async function startSocketServer(): Promise<SocketServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 2 << 20 })
  server.on('connection', (socket) =>
    socket.on('message', (data, isBinary) => {
      const text = isBinary ? '' : (data as Buffer).toString()
      const [, count, size, kind] = /^flood (\d+) (\d+) (\w+)$/.exec(text) ?? []
      if (count === undefined) socket.send(data, { binary: isBinary })
      else void flood(socket, Number(count), kind === 'true' ? 'x'.repeat(Number(size)) : new Uint8Array(Number(size)))
    }),
  )
  await once(server, 'listening')
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      for (const socket of server.clients) socket.terminate()
      server.close()
    },
  }
}

/** No faster than it is taken. */
async function flood(socket: WebSocket, count: number, message: string | Uint8Array): Promise<void> {
  for (let sent = 0; sent < count; sent++)
    if (socket.bufferedAmount < 4 << 20) socket.send(message)
    else await new Promise<void>((resolve) => socket.send(message, () => resolve()))
}
