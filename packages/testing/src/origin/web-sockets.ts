/**
 * Owns: `/sockets/…`: WebSockets that echo, and that fail as their URL says.
 * Why in the URL: each connection has its faults with it, so that tests of all kinds share one origin. The other side is the package
 * `ws` on a real socket; what it would do well by itself is undone on that socket.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import type { SocketBehaviour } from './vocabulary.ts'

/** Bytes that the server side takes at most in one message. */
const LIMIT = 1 << 30

export class SocketEndpoint {
  readonly #plain = new WebSocketServer({ noServer: true, maxPayload: LIMIT, handleProtocols: chosen })
  readonly #mute = new WebSocketServer({ noServer: true, maxPayload: LIMIT, handleProtocols: chosen, autoPong: false })
  readonly #deflate = new WebSocketServer({
    noServer: true,
    maxPayload: LIMIT,
    handleProtocols: chosen,
    perMessageDeflate: { threshold: 0 },
  })

  /** Takes an upgrade, and what comes after it. */
  take(request: IncomingMessage, raw: Duplex, head: Uint8Array): void {
    const behaviour = behaviourOf(request)
    const { beforeUpgrade, status, deflate, pong, protocol } = behaviour
    // The server's sockets stay half open when the other side goes.
    if (beforeUpgrade === 'stall') return void raw.resume().once('end', () => raw.end())
    if (beforeUpgrade === 'reset') return void (raw as Socket).resetAndDestroy()
    if (beforeUpgrade === 'close') return void raw.end()
    if (status !== undefined) {
      raw.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    // The server then takes it for the client's wish.
    if (protocol !== undefined) request.headers['sec-websocket-protocol'] = protocol ?? undefined
    const server = deflate ? this.#deflate : pong === false ? this.#mute : this.#plain
    server.handleUpgrade(request, raw, Buffer.from(head), (socket) => void serve(socket, raw, behaviour))
  }
}

function behaviourOf({ url }: IncomingMessage): SocketBehaviour {
  const text = new URL(url ?? '/', 'http://origin').searchParams.get('behaviour')
  return text === null ? {} : (JSON.parse(text) as SocketBehaviour)
}

const chosen = (offered: Set<string>): string | false => offered.values().next().value ?? false

async function serve(socket: WebSocket, raw: Duplex, behaviour: SocketBehaviour): Promise<void> {
  const { greet = [], burst, echo = true } = behaviour
  let received = 0
  socket.on('error', () => {})
  const faults = (): boolean => {
    const { dropAfter, silentAfter, closeAfter } = behaviour
    if (dropAfter === received) raw.destroy()
    else if (silentAfter === received) raw.pause()
    else if (closeAfter?.messages === received) socket.close(closeAfter.code, closeAfter.reason ?? '')
    else return false
    return true
  }
  socket.on('message', (data, isBinary) => {
    received += 1
    // What came in one piece with the message that silenced it has been read all the same.
    if (received > (behaviour.silentAfter ?? received)) return
    const last = faults()
    if (echo && !last) socket.send(data, { binary: isBinary })
  })
  for (const text of greet) socket.send(text)
  if (burst) await send(socket, burst)
  faults()
}

/** Sends no faster than the other side takes it. */
async function send(socket: WebSocket, { count, size, text }: NonNullable<SocketBehaviour['burst']>): Promise<void> {
  for (let index = 0; index < count && socket.readyState === socket.OPEN; index++) {
    const message = text ? String(index).padStart(size, '.') : new Uint8Array(size).fill(index % 256)
    await new Promise<void>((resolve) => socket.send(message, () => resolve()))
  }
}
