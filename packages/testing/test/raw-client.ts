/**
 * Owns: a client that reads what is really on the socket. Why: fetch hides exactly what the origin's tests must see.
 */
import { connect } from 'node:net'

/** What came back on one connection. */
export interface RawAnswer {
  /** Everything up to the empty line, or all there was. */
  head: string
  /** All bytes after it, chunk framing included. */
  body: Buffer
  /** How the connection ended: in good order (`'closed'`), or the error's code. */
  end: string
}

/** Sends one request and reads to the end of the connection. */
export function raw(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<RawAnswer> {
  const { hostname, port, host, pathname, search } = new URL(url)
  const lines = Object.entries({ Host: host, Connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    let end = 'closed'
    const socket = connect(Number(port), hostname, () =>
      socket.write(`${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`),
    )
    socket.on('data', (bytes) => parts.push(bytes as Buffer))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      end = error.code ?? error.message
    })
    socket.on('close', () => {
      const all = Buffer.concat(parts)
      const at = all.indexOf('\r\n\r\n')
      resolve({
        head: at < 0 ? all.toString('latin1') : all.subarray(0, at).toString('latin1'),
        body: at < 0 ? Buffer.alloc(0) : all.subarray(at + 4),
        end,
      })
    })
  })
}
