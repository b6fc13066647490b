/** What a WebSocket in a browser makes of what it cannot do there: be told that something was sent, and stop reading. */
import { expect, it, vi } from 'vitest'
import { wire } from '../../../testing/src/contracts/transport-stage.ts'
import { browserSockets } from '../../src/platform/browser/web-socket-transport.ts'
import { makeSession, origin, rejection } from '../support/session.ts'

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

it.each([
  ['messages', { count: 10_500, size: 1 }],
  ['bytes', { count: 70, size: 1_000_000 }],
])('what arrives while a delegate holds up the others ends: too many %s', async (_, burst) => {
  const free = Promise.withResolvers<void>()
  const session = makeSession({}, { didOpen: (task) => (task.description === 'slow' ? free.promise : undefined) })
  const slow = session.webSocketTask(origin.socket({ greet: ['open'] }))
  slow.description = 'slow'
  slow.resume()
  expect(await slow.receive()).toBe('open')
  const name = `early-${Math.random()}`
  const task = session.webSocketTask(origin.socket({ burst }, name)).resume()
  const failed = rejection(task.finished)
  await origin.when({ url: name, ended: true })
  free.resolve()
  expect(await failed).toMatchObject({ code: 'dataLengthExceedsMaximum' })
})
