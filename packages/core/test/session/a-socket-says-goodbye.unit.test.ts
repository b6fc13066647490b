/** How long a WebSocket that was closed waits: for what was sent to leave, and for an answer. */
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../testing/src/fakes/fake-clock.ts'
import type { Socket, SocketEnd } from '../../../testing/src/fakes/ports.ts'
import { Inbox } from '../../src/loading/sockets/inbox.ts'
import { Outbox } from '../../src/loading/sockets/outbox.ts'
import { RoundTrips } from '../../src/loading/sockets/round-trips.ts'
import { URLError } from '../../src/model/url-error.ts'
import { WebSocketTalk, type TalkParts } from '../../src/session/web-socket-talk.ts'

const url = 'wss://example.com/'

function talking() {
  const clock = new FakeClock()
  const line = { buffered: 0, closes: [] as number[], drops: 0, below: (): void => {} }
  const socket: Socket = {
    protocol: '',
    ping: null,
    pause: null,
    arrived: 0,
    get buffered() {
      return line.buffered
    },
    listen: () => {},
    send: (message) => void (line.buffered += (message as string).length),
    whenBelow: (_mark, tell) => (line.below = tell),
    close: (code) => line.closes.push(code),
    leave: () => {},
    drop: () => (line.drops += 1),
  }
  const outbox = new Outbox({ url, limit: 1000, bytes: 1_000_000, highWaterMark: 100, remembers: null })
  const parts = {
    url,
    clock,
    outbox,
    task: { maximumMessageSize: 1000 },
    teller: { for: () => null },
    ownFrames: true,
    heartbeat: null,
    inbox: new Inbox({ limit: 10, bytes: 1000, whenFull: 'close' }, () => {}),
    trips: new RoundTrips(),
    opened: () => {},
    threw: () => {},
    heard: () => {},
    failed: () => {},
  } as unknown as TalkParts
  const talk = new WebSocketTalk({ socket, head: null }, parts)
  talk.begin(null, false)
  let end: SocketEnd | null = null
  void talk.ended.then((told) => (end = told))
  return { clock, line, outbox, talk, ended: () => end }
}

describe('a WebSocket that was closed', () => {
  it('gives the other side ten seconds to answer', async () => {
    const { clock, line, talk, ended } = talking()
    talk.close(3000, '')
    await clock.advance(9999)
    expect([line.closes, ended()]).toEqual([[3000], null])
    await clock.advance(1)
    expect([line.drops, ended()]).toEqual([1, { code: null, reason: '', error: null }])
  })

  it('waits as long as anything leaves, then for the answer', async () => {
    const { clock, line, talk, outbox, ended } = talking()
    void outbox.send('x'.repeat(1000))
    void outbox.send('last')
    talk.close(3000, '')
    for (const left of [900, 800, 700, 600]) {
      await clock.advance(29_000)
      line.buffered = left
    }
    expect([line.closes, ended()]).toEqual([[], null])
    line.buffered = 0
    line.below()
    await clock.advance(29_000)
    expect([line.closes, ended()]).toEqual([[3000], null])
    line.buffered = 0
    await clock.advance(1000)
    expect(ended()).toBe(null)
    await clock.advance(10_000)
    expect([line.drops, ended()]).toEqual([1, { code: null, reason: '', error: null }])
  })

  it('does not wait for ever where nothing leaves', async () => {
    const { clock, line, talk, outbox, ended } = talking()
    void outbox.send('x'.repeat(1000))
    void outbox.send('waits')
    talk.close(3000, '')
    await clock.advance(30_000)
    expect([line.closes, line.drops, ended()]).toEqual([[], 1, { code: null, reason: '', error: null }])
  })

  it('waits for nothing once it is over', async () => {
    const { clock, line, talk, outbox } = talking()
    void outbox.send('x'.repeat(1000))
    talk.close(3000, '')
    const error = new URLError('cancelled', { url })
    talk.end(error)
    outbox.end(error)
    await clock.advance(0)
    expect([clock.pending, line.closes]).toEqual([[], []])
  })
})
