/** A connection that carries no more than so much: what a long way does to one connection, and not to several side by side. */
import type { Socket } from 'node:net'
import { pause } from './processes.ts'

/** When each connection may go on, in milliseconds: requests that follow one another on it share what it carries. */
const free = new WeakMap<Socket, number>()

export async function* slowDown(
  chunks: AsyncIterable<Buffer>,
  socket: Socket,
  bytesPerSecond: number,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    const from = Math.max(free.get(socket) ?? 0, performance.now())
    const until = from + (chunk.length / bytesPerSecond) * 1000
    free.set(socket, until)
    await pause(until - performance.now())
    yield chunk
  }
}
