/** Messages in pieces, compressed ones, and frames that RFC 6455 forbids, byte by byte as they may come to a WebSocket in Node. */
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import type { SessionDelegate } from 'urlsession'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import { Recorder } from '../../../testing/src/recorder.ts'
import { makeSession, rejection } from '../support/session.ts'

const [TEXT, BINARY, CLOSE, PING] = [1, 2, 8, 9]
const MiB = 1 << 20

/** A frame as a server sends it. */
function frame(opcode: number, payload: Uint8Array | string, first = 0x80): Uint8Array {
  const bytes = Buffer.from(payload)
  const { length } = bytes
  const head = length < 126 ? [length] : length < 65_536 ? [126, length >> 8, length & 255] : null
  if (head) return Buffer.concat([Buffer.from([first | opcode, ...head]), bytes])
  const long = Buffer.alloc(10)
  long.set([first | opcode, 127])
  long.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([long, bytes])
}

/** Pieces of a message: one opener, then continuations, of which the last says so. */
const pieces = (opcode: number, ...parts: (Uint8Array | string)[]): Uint8Array[] =>
  parts.map((part, at) => frame(at === 0 ? opcode : 0, part, at === parts.length - 1 ? 0x80 : 0))

const closing = (code: number, reason: Uint8Array | string = ''): Uint8Array => {
  const bytes = Buffer.from(reason)
  return frame(CLOSE, Buffer.concat([Buffer.from([code >> 8, code & 255]), bytes]))
}

/** A server that does this with each connection, and learns what that one is closed with. */
async function serve(use: (socket: WebSocket, line: Socket) => void, deflate = false) {
  const all = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: deflate ? { threshold: 0 } : false,
  })
  const closed = new Promise<number>((resolve) =>
    all.on('connection', (socket, { socket: line }) => {
      socket.on('error', () => {})
      socket.on('close', resolve)
      use(socket, line)
    }),
  )
  await once(all, 'listening')
  onTestFinished(() => {
    for (const socket of all.clients) socket.terminate()
    all.close()
  })
  const url = `ws://127.0.0.1:${(all.address() as AddressInfo).port}/`
  return { url, closed }
}

const raw = (...frames: Uint8Array[]) => serve((_, line) => void line.write(Buffer.concat(frames)))

describe('a message in pieces', () => {
  it('is one message, also where a character is torn and a ping comes between', async () => {
    const euro = Buffer.from('1 €')
    const torn = [euro.subarray(0, 3), euro.subarray(3, 4), euro.subarray(4)]
    const [opener, ...rest] = pieces(TEXT, ...torn)
    const empty = pieces(BINARY, '', '', '')
    const { url } = await raw(opener as Uint8Array, frame(PING, 'there?'), ...rest, ...empty)
    const task = makeSession().webSocketTask(url).resume()
    expect([await task.receive(), await task.receive()]).toEqual(['1 €', new Uint8Array()])
    task.cancel()
    await rejection(task.finished)
  })

  it('is as long as all of them together', async () => {
    const part = new Uint8Array(400)
    const fits = pieces(BINARY, part, part, part.subarray(0, 200))
    const { url, closed } = await raw(...fits, ...pieces(BINARY, part, part, part.subarray(0, 201)))
    const task = makeSession().webSocketTask(url, { maximumMessageSize: 1000 }).resume()
    expect(await task.receive()).toHaveLength(1000)
    expect(await rejection(task.receive())).toMatchObject({ code: 'dataLengthExceedsMaximum' })
    expect(await closed).toBe(1009)
  })

  it('is refused as soon as it is too long, and not when it ends', async () => {
    let sent = 0
    const { url, closed } = await serve((_, line) => {
      const more = (): void => {
        if (line.destroyed) return
        sent += 1
        line.write(frame(sent === 1 ? BINARY : 0, new Uint8Array(1000), 0), more)
      }
      line.on('error', () => {})
      more()
    })
    const task = makeSession().webSocketTask(url, { maximumMessageSize: 10_000 }).resume()
    expect(await rejection(task.finished)).toMatchObject({ code: 'dataLengthExceedsMaximum', retryable: false })
    expect([1006, 1009]).toContain(await closed)
  })

  it.each([2 ** 31, 2 ** 32, 2 ** 32 + 10, Number.MAX_SAFE_INTEGER])('may be as long as %d bytes', async (size) => {
    const { url } = await raw(...pieces(BINARY, new Uint8Array(100), new Uint8Array(100)))
    const task = makeSession().webSocketTask(url, { maximumMessageSize: size }).resume()
    expect(await task.receive()).toHaveLength(200)
  })

  it('that says it is longer than anything is refused at its head', async () => {
    const huge = Buffer.from([0x82, 127, 0, 0x1f, 255, 255, 255, 255, 255, 255])
    const { url, closed } = await raw(huge)
    const task = makeSession().webSocketTask(url).resume()
    expect(await rejection(task.finished)).toMatchObject({ code: 'dataLengthExceedsMaximum' })
    expect(await closed).toBe(1009)
  })
})

describe('a compressed message', () => {
  it('is as long as what comes out of it', async () => {
    const { url, closed } = await serve((socket) => {
      socket.send(new Uint8Array(MiB))
      socket.send('€'.repeat(300_000))
      socket.send(new Uint8Array(MiB + 1))
    }, true)
    const task = makeSession().webSocketTask(url).resume()
    expect((await task.receive()).length).toBe(MiB)
    expect(await task.receive()).toBe('€'.repeat(300_000))
    expect(task.response?.headers.get('sec-websocket-extensions')).toContain('permessage-deflate')
    expect(await rejection(task.receive())).toMatchObject({
      code: 'dataLengthExceedsMaximum',
      message: expect.stringContaining('1048576 bytes'),
    })
    expect(await closed).toBe(1009)
  })

  it('that is a bomb is refused like any other that is too long', async () => {
    const { url, closed } = await serve((socket) => socket.send(new Uint8Array(64 * MiB)), true)
    const task = makeSession().webSocketTask(url).resume()
    expect(await rejection(task.finished)).toMatchObject({ code: 'dataLengthExceedsMaximum' })
    expect(await closed).toBe(1009)
  })

  it('in pieces is one message, as long as what comes out of it', async () => {
    const { url, closed } = await serve((socket) => {
      for (const size of [1000, 1001]) {
        socket.send('x'.repeat(600), { fin: false })
        socket.send('x'.repeat(size - 600), { fin: true })
      }
    }, true)
    const task = makeSession().webSocketTask(url, { maximumMessageSize: 1000 }).resume()
    expect(await task.receive()).toBe('x'.repeat(1000))
    expect(await rejection(task.finished)).toMatchObject({ code: 'dataLengthExceedsMaximum' })
    expect(await closed).toBe(1009)
  })
})

describe('a frame that nobody may send', () => {
  const torn = Buffer.from('€').subarray(0, 2)
  const long = 'x'.repeat(126)
  it.each<[string, Uint8Array, number]>([
    ['a close with 999', closing(999), 1002],
    ['a close with 1004', closing(1004), 1002],
    ['a close with 1005', closing(1005), 1002],
    ['a close with 1006', closing(1006), 1002],
    ['a close with 1015', closing(1015), 1002],
    ['a close with 2999', closing(2999), 1002],
    ['a close with 5000', closing(5000), 1002],
    ['a close with 65535', closing(65_535), 1002],
    ['a close with half a code', frame(CLOSE, 'x'), 1002],
    ['a close with a torn reason', closing(1000, torn), 1007],
    ['a close with a reason that is too long', closing(1000, 'x'.repeat(124)), 1002],
    ['a text that is none', frame(TEXT, torn), 1007],
    ['a continuation of nothing', frame(0, 'x'), 1002],
    ['a message within a message', Buffer.concat([frame(TEXT, 'x', 0), frame(TEXT, 'y')]), 1002],
    ['an unknown opcode', frame(3, 'x'), 1002],
    ['a ping in pieces', frame(PING, 'x', 0), 1002],
    ['a ping that is too long', frame(PING, long), 1002],
    ['a reserved bit', frame(TEXT, 'x', 0xc0), 1002],
    ['a mask', Buffer.from([0x81, 0x81, 1, 2, 3, 4, 5]), 1002],
  ])('(%s) ends the task with one error, and no close, and the server is told why', async (_, bytes, code) => {
    const { url, closed } = await raw(frame(TEXT, 'before'), bytes)
    const recorder = new Recorder<SessionDelegate>()
    const task = makeSession({}, recorder.delegate).webSocketTask(url).resume()
    expect(await task.receive()).toBe('before')
    expect(await rejection(task.receive())).toMatchObject({ code: 'cannotParseResponse' })
    await rejection(task.finished)
    expect(await closed).toBe(code)
    expect([task.closeCode, task.error?.code]).toEqual([null, 'cannotParseResponse'])
    expect(recorder.names()).toEqual(['didCreateTask', 'didOpen', 'didFinishCollectingMetrics', 'didComplete'])
    recorder.verify()
  })

  it('behind a close is heard by nobody', async () => {
    const { url } = await raw(frame(TEXT, 'before'), closing(4000, 'bye'), frame(TEXT, 'after'), frame(3, 'x'))
    const task = makeSession().webSocketTask(url).resume()
    expect(await task.finished).toEqual({ code: 4000, reason: 'bye' })
    const heard = []
    for await (const message of task) heard.push(message)
    expect(heard).toEqual(['before'])
  })
})
