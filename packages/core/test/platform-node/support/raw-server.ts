/** Owns: a server that says on its sockets exactly what a test makes it say, HTTP or not. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface RawServer {
  readonly url: string
  readonly port: number
  /** Every connection so far, also those that are closed. */
  readonly sockets: readonly Socket[]
  /** How many are still open. */
  open(): number
  /** Resolves when no connection is open any more. */
  quiet(): Promise<void>
}

/** `answer` is called with the text of each request as it arrives: its place on its connection, and the socket. */
export type Answer = (
  socket: Socket,
  request: string,
  place: { readonly connection: number; readonly request: number },
) => void

export async function rawServer(answer: Answer, host = '127.0.0.1'): Promise<RawServer> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    const connection = sockets.push(socket)
    let request = 0
    let text = ''
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0)
        if (text.length < end + 4 + length) return
        const whole = text.slice(0, end + 4 + length)
        text = text.slice(end + 4 + length)
        answer(socket, whole, { connection, request: ++request })
      }
    })
  })
  server.listen(0, host)
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const open = (): number => sockets.filter((socket) => !socket.closed).length
  const quiet = async (): Promise<void> => {
    // Not `once` of node:events, which fails when a socket was reset.
    for (const socket of sockets) if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  }
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, port, sockets, open, quiet }
}

/** A whole answer with a length, after which the connection stays open. */
export const ok = (body: string | Uint8Array, headers = ''): Buffer => {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : Buffer.from(body)
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n${headers}\r\n`, 'latin1'),
    bytes,
  ])
}
