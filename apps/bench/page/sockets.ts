/** Messages over a WebSocket, there and back or one way: by the platform's own, by the wrappers people use, and by a session. */
import { WebSocket as PartySocket } from 'partysocket'
import ReconnectingWebSocket from 'reconnecting-websocket'
import { URLSession } from 'urlsession'

/** What all wrappers have of the platform's. */
type Bare = Pick<WebSocket, 'binaryType' | 'send' | 'close' | 'addEventListener'>
type Message = string | Uint8Array<ArrayBuffer>

const bare = {
  WebSocket: (url) => new WebSocket(url),
  partysocket: (url) => new PartySocket(url),
  'reconnecting-websocket': (url) => new ReconnectingWebSocket(url),
} satisfies Record<string, (url: string) => Bare>

export type SocketWay = keyof typeof bare | 'webSocketTask' | 'ws'

export interface SocketJob {
  readonly way: SocketWay
  readonly url: string
  readonly count: number
  /** Of each message, in bytes; a text where it is one. */
  readonly size: number
  readonly text: boolean
  /** Messages on their way at once, there and back; null: all come from the server. */
  readonly parallel: number | null
}

/** Milliseconds, from the first message that is sent to the last that comes. @param more Ways that are not everywhere. */
export async function sockets(
  job: SocketJob,
  more: Readonly<Record<string, (url: string) => Bare>> = {},
): Promise<number> {
  if (job.way === 'webSocketTask') return ours(job)
  const ways: Readonly<Record<string, (url: string) => Bare>> = { ...bare, ...more }
  const make = ways[job.way]
  if (!make) throw new TypeError(`no way ${job.way} here`)
  return theirs(job, make(job.url))
}

async function theirs(job: SocketJob, socket: Bare): Promise<number> {
  const { count, parallel } = job
  socket.binaryType = 'arraybuffer'
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
  const message = messageOf(job)
  let [sent, received] = [0, 0]
  const done = Promise.withResolvers<number>()
  socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
    check(job, typeof data === 'string' ? data.length : data.byteLength)
    received += 1
    if (received === count) done.resolve(performance.now() - started)
    else if (parallel !== null && sent < count) {
      sent += 1
      socket.send(message)
    }
  })
  const started = performance.now()
  if (parallel === null) socket.send(order(job))
  else for (; sent < Math.min(parallel, count); sent++) socket.send(message)
  const elapsed = await done.promise
  socket.close()
  return elapsed
}

async function ours(job: SocketJob): Promise<number> {
  const { url, count, parallel } = job
  const task = new URLSession().webSocketTask(url, { maximumMessageSize: 2 << 20 }).resume()
  await task.send(order({ ...job, count: 0 }))
  const message = messageOf(job)
  let [sent, received] = [0, 0]
  const started = performance.now()
  if (parallel === null) await task.send(order(job))
  else for (; sent < Math.min(parallel, count); sent++) void task.send(message)
  for await (const one of task) {
    check(job, one.length)
    received += 1
    if (received === count) break
    if (parallel !== null && sent < count) {
      sent += 1
      await task.send(message)
    }
  }
  const elapsed = performance.now() - started
  task.close()
  await task.finished
  return elapsed
}

/** So many sockets of one session, one after another. */
export async function openAndClose(url: string, count: number): Promise<void> {
  const session = new URLSession()
  for (let index = 0; index < count; index++) {
    const task = session.webSocketTask(url).resume()
    await task.send('x')
    await task.receive()
    task.close()
    await task.finished
  }
  await session.close()
}

const order = ({ count, size, text }: SocketJob): string => `flood ${count} ${size} ${text}`

const messageOf = ({ size, text }: SocketJob): Message => (text ? 'x'.repeat(size) : new Uint8Array(size))

function check({ size }: SocketJob, length: number): void {
  if (length !== size) throw new Error(`a message of ${length} bytes, and not ${size}`)
}
