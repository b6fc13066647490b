/** A WebSocket server that sends every message back, or as many as it is told to. */
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'

export interface SocketServer {
  readonly url: string
  readonly stop: () => void
}

export async function startSocketServer(): Promise<SocketServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 2 << 20 })
  server.on('connection', (socket, { socket: line }) =>
    socket.on('message', (data, isBinary) => {
      const text = isBinary ? '' : (data as Buffer).toString()
      const [, count, size, kind] = /^flood (\d+) (\d+) (\w+)$/.exec(text) ?? []
      if (count === undefined) socket.send(data, { binary: isBinary })
      else {
        const message = kind === 'true' ? 'x'.repeat(Number(size)) : new Uint8Array(Number(size))
        void flood({ socket, line }, Number(count), message)
      }
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

/** Many small ones at once, so that it is the clients that are measured; no faster than they are taken. */
async function flood({ socket, line }: Line, count: number, message: string | Uint8Array): Promise<void> {
  const most = Math.max(1, (64 << 10) / message.length)
  for (let sent = 0; sent < count;) {
    const taken = Promise.withResolvers<void>()
    line.cork()
    for (let left = Math.min(most, count - sent); left > 0; left--) {
      sent += 1
      socket.send(message, left > 1 ? undefined : () => taken.resolve())
    }
    line.uncork()
    if (socket.bufferedAmount > 4 << 20) await taken.promise
  }
}

interface Line {
  readonly socket: WebSocket
  readonly line: Socket
}
