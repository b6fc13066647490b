/**
 * Owns: answers that are not HTTP, written to the socket past node's own care.
 */
import type { Answer } from './answer.ts'
import type { Exchange } from './exchange.ts'
import type { Malformation } from './vocabulary.ts'

/** The most body bytes such an answer carries. */
const most = 64 << 10

/** Writes a broken answer and closes the connection after it. */
export function sendMalformed(exchange: Exchange, answer: Answer, how: Malformation): void {
  const body = answer.body.view(0, Math.min(most, answer.body.length))
  const lines = (extra: string, separator = ': '): string =>
    [...answer.headers].map(([name, value]) => `${name}${separator}${value}\r\n`).join('') + extra
  const whole = `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`
  const ok = `HTTP/1.1 ${answer.status} OK\r\n`
  const parts: Record<Malformation, () => (string | Uint8Array)[]> = {
    'status-line': () => ['220 this is a mail server\r\n', lines(whole), body],
    header: () => [ok, lines(`no colon in this line\u0001\u0000\r\n${whole}`), body],
    lengths: () => [ok, lines(`Content-Length: ${body.length + 7}\r\n${whole}`), body],
    chunk: () => [
      ok,
      lines('Transfer-Encoding: chunked\r\n\r\n'),
      `${body.length.toString(16)}\r\n`,
      body,
      '\r\nnot a size\r\n',
    ],
    'compact-header': () => [
      ok,
      lines(`Content-Length:${body.length}\r\nX-Compact:value\r\nConnection:close\r\n\r\n`, ':'),
      body,
    ],
  }
  exchange.entry.status = answer.status
  exchange.journal.touch(exchange.entry)
  for (const part of parts[how]()) exchange.socket.write(part)
  exchange.entry.bytesSent += body.length
  exchange.cut()
}
