/** A WebSocket that says back what it hears, and does what it is told: answers a heartbeat, cuts the line, falls silent. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

/** Kept from start to start where it is free, beside those of the uploads. */
const preferred = 5178

export interface EchoServer {
  readonly url: string
  /** Connections that are open now. */
  readonly connections: number
  stop(): Promise<void>
}

/** @param wanted Zero takes a free port. */
export async function startEchoServer(wanted: number = preferred): Promise<EchoServer> {
  const server = await listening(wanted).catch(() => listening(0))
  server.on('connection', (socket) => {
    let silent = false
    socket.on('error', () => {})
    socket.on('message', (data, isBinary) => {
      const text = !isBinary && Buffer.isBuffer(data) ? data.toString() : ''
      if (text === '/cut') return socket.terminate()
      if (text === '/silence') silent = true
      if (!silent) socket.send(text === '/ping' ? '/pong' : data, { binary: isBinary })
    })
  })
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return server.clients.size
    },
    async stop() {
      for (const client of server.clients) client.terminate()
      server.close()
      await once(server, 'close')
    },
  }
}

async function listening(port: number): Promise<WebSocketServer> {
  const server = new WebSocketServer({ port, host: '127.0.0.1', maxPayload: 1 << 20 })
  await once(server, 'listening')
  return server
}
