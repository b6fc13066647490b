/** What a WebSocket in a browser makes of what it cannot do there: be told that something was sent, and stop reading. */
import type { SessionDelegate, WebSocketOptions } from 'urlsession'
import { describe, expect, it, vi } from 'vitest'
import { wire } from '../../../testing/src/contracts/transport-stage.ts'
import { Recorder } from '../../../testing/src/recorder.ts'
import { browserSockets } from '../../src/platform/browser/web-socket-transport.ts'
import { makeSession, origin, rejection, unique } from '../support/session.ts'

it('sees what was sent whenever a message arrives, also where timers hardly run', async () => {
  const request = wire(origin.socket().replace('ws', 'http'))
  const { socket } = await browserSockets.open(request, { protocols: [], maximumMessageSize: 1 << 24 })
  socket?.listen({ message: () => {}, closed: () => {} })
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  try {
    void socket?.send(new Uint8Array(10_000_000))
    expect(socket?.buffered).toBeGreaterThan(1_000_000)
    await new Promise<void>((resolve) => socket?.whenBelow(1_000_000, resolve))
    expect(socket?.buffered).toBeLessThan(1_000_000)
  } finally {
    vi.useRealTimers()
    socket?.leave()
  }
})

it.each(['cancelled', 'closed'])(
  'leaves no connection behind where it is %s in whatever moment of its opening',
  async (how) => {
    const told = new Set<number>()
    let opened = Promise.withResolvers<void>()
    class Watched extends WebSocket {
      // In the same turn as the one who listens: between two listeners all is done that the first began.
      override set onopen(listener: WebSocket['onopen']) {
        super.onopen =
          listener &&
          ((event) => {
            opened.resolve()
            listener.call(this, event)
          })
      }
    }
    vi.stubGlobal('WebSocket', Watched)
    try {
      for (let moment = 0; moment < 40; moment++) {
        opened = Promise.withResolvers()
        const recorder = new Recorder<SessionDelegate>()
        const name = unique('moment')
        const task = makeSession({}, recorder.delegate).webSocketTask(origin.socket({}, name)).resume()
        const ended = task.finished.catch((error: unknown) => error)
        await opened.promise
        for (let turn = 0; turn < moment; turn++) await Promise.resolve()
        if (how === 'closed') task.close(3001)
        else task.cancel()
        expect(await ended, `moment ${moment}`).toMatchObject({ code: how === 'closed' ? 3001 : 'cancelled' })
        await origin.when({ url: name, ended: true })
        expect(recorder.names().at(-1)).toBe('didComplete')
        recorder.verify()
        told.add(recorder.of('didOpen').length)
      }
      expect([...told]).toEqual(how === 'closed' ? [1] : [0, 1])
    } finally {
      vi.unstubAllGlobals()
    }
  },
)

/** A task whose server has sent all that it sends before its delegate, which is busy with another, was told that it is open. */
async function early(burst: { count: number; size: number; text?: boolean }, options: WebSocketOptions = {}) {
  const free = Promise.withResolvers<void>()
  const recorder = new Recorder<SessionDelegate>({
    answers: { didOpen: (task) => (task.description === 'slow' ? free.promise : undefined) },
  })
  const session = makeSession({}, recorder.delegate)
  // It is not to count as late, and let the others go, before all is here.
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  try {
    const slow = session.webSocketTask(origin.socket({ greet: ['open'] }))
    slow.description = 'slow'
    slow.resume()
    expect(await slow.receive()).toBe('open')
    const name = unique('early')
    const url = origin.socket({ burst, closeAfter: { messages: 0, code: 4000 } }, name)
    const task = session.webSocketTask(url, options).resume()
    task.finished.catch(() => {})
    const first = task.receive().catch((error: unknown) => error)
    await origin.when({ url: name, ended: true })
    const told = (): string[] => recorder.names(task.identifier)
    expect(told()).toEqual(['didCreateTask'])
    free.resolve()
    return { task, first, told }
  } finally {
    vi.useRealTimers()
  }
}

const end = ['didFinishCollectingMetrics', 'didComplete']

describe('what arrives while a delegate holds up the others', () => {
  it.each([
    ['messages', { count: 10_500, size: 1 }],
    ['bytes', { count: 70, size: 1_000_000 }],
  ])('ends: too many %s', async (_, burst) => {
    const { task, told } = await early(burst)
    expect(await rejection(task.finished)).toMatchObject({ code: 'dataLengthExceedsMaximum' })
    expect(told()).toEqual(['didCreateTask', 'didOpen', ...end])
  })

  it.each([
    ['messages', { count: 15_000, size: 1 }, { limit: 20_000 }],
    ['bytes', { count: 70, size: 1_000_000 }, { bytes: 80_000_000 }],
  ])('is kept as far as the inbox has room for it: %s', async (_, burst, inbox) => {
    const { task, first, told } = await early(burst, { inbox })
    expect(await first).toHaveLength(burst.size)
    let count = 1
    for await (const message of task) expect((message as Uint8Array)[0]).toBe(count++ % 256)
    expect(count).toBe(burst.count)
    expect(await task.finished).toMatchObject({ code: 4000 })
    expect(told()).toEqual(['didCreateTask', 'didOpen', 'didClose', ...end])
  })

  it('is forgotten as the inbox forgets, the oldest first', async () => {
    const burst = { count: 12_000, size: 5, text: true }
    const { task, first } = await early(burst, { inbox: { limit: 3, whenFull: 'drop-oldest' } })
    expect(await first).toBe('11997')
    expect([await task.receive(), await task.receive()]).toEqual(['11998', '11999'])
    await task.finished
    expect(task.metrics?.socket).toMatchObject({ messagesReceived: 12_000, messagesDropped: 11_997 })
  })
})
