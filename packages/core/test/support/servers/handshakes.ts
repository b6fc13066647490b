/**
 * Owns a TCP server that answers WebSocket handshakes wrongly, byte by byte as named by the first part of the path: what servers that speak
 * HTTP cannot be made to say. Whatever follows in the path tells one test's connections from another's; `/count/<path>` says how many.
 */
import { createHash } from 'node:crypto'
import { createServer, type AddressInfo, type Socket } from 'node:net'

export interface Handshakes {
  readonly url: string
  stop(): void
}

const head = (...lines: string[]): string => `${lines.join('\r\n')}\r\n\r\n`
const upgrade = ['Upgrade: websocket', 'Connection: Upgrade'] as const
const switching = 'HTTP/1.1 101 Switching Protocols'

/** By name; `accept` is the right line of this handshake. */
const answers: Record<string, (accept: string) => string> = {
  'wrong-accept': () => head(switching, ...upgrade, 'Sec-WebSocket-Accept: bm90IHRoZSByaWdodCBvbmU='),
  ok: () => head('HTTP/1.1 200 OK', 'Content-Length: 0', 'Connection: close'),
  redirect: () => head('HTTP/1.1 302 Found', 'Location: /ok/elsewhere', 'Content-Length: 0', 'Connection: close'),
  unauthorized: () => head('HTTP/1.1 401 Unauthorized', 'Content-Length: 0', 'Connection: close'),
  garbage: () => '\u0016\u0003\u0001 this is no HTTP at all\r\n\r\n',
  half: () => `${switching}\r\nUpgrade: webso`,
  'unasked-protocol': (accept) => head(switching, ...upgrade, accept, 'Sec-WebSocket-Protocol: mine'),
  'no-upgrade': (accept) => head(switching, 'Connection: Upgrade', accept),
}

export async function startHandshakes(): Promise<Handshakes> {
  const counts = new Map<string, number>()
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {}).once('close', () => open.delete(socket))
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (!text.includes('\r\n\r\n')) return
      const path = /^\S+ (\S+)/.exec(text)?.[1] ?? ''
      const key = /^sec-websocket-key: *(\S+)/im.exec(text)?.[1] ?? ''
      text = ''
      if (path.startsWith('/count/')) {
        const count = String(counts.get(path.slice('/count'.length)) ?? 0)
        const lines = ['HTTP/1.1 200 OK', 'Access-Control-Allow-Origin: *', 'Connection: close']
        return void socket.end(head(...lines, `Content-Length: ${String(count.length)}`) + count)
      }
      counts.set(path, (counts.get(path) ?? 0) + 1)
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      socket.end(answers[path.split('/')[1] ?? '']?.(`Sec-WebSocket-Accept: ${accept}`) ?? '', 'latin1')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `ws://127.0.0.1:${String(port)}`,
    stop() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
