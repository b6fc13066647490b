/** What a heartbeat takes for a sign of life besides its answer, and what it makes of functions that throw. */
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../../testing/src/fakes/fake-clock.ts'
import { Heartbeat, type HeartbeatParts } from '../../../src/loading/sockets/heartbeat.ts'

function made(more: Partial<HeartbeatParts> = {}) {
  const clock = new FakeClock()
  const wire = { given: 0, buffered: 0, arrived: 0 }
  const seen = { asked: 0, lost: 0, threw: [] as unknown[] }
  const heartbeat = new Heartbeat({
    url: 'wss://example.com/',
    clock,
    rules: { send: 'ping', expect: 'pong', interval: 1000, timeout: 100 },
    ping: null,
    send: () => (seen.asked += 1),
    deaf: () => false,
    sent: () => 0,
    given: () => wire.given,
    buffered: () => wire.buffered,
    arrived: () => wire.arrived,
    answered: () => {},
    lost: () => (seen.lost += 1),
    threw: (what, cause) => seen.threw.push([what, cause]),
    ...more,
  })
  heartbeat.start()
  return { clock, heartbeat, wire, seen }
}

describe('a heartbeat whose question stands behind an upload', () => {
  it('waits while that leaves, then as long again, and then its time', async () => {
    const { clock, wire, seen } = made()
    Object.assign(wire, { given: 500, buffered: 500 })
    await clock.advance(1000)
    expect(seen.asked).toBe(1)
    for (const buffered of [400, 250, 0]) {
      wire.buffered = buffered
      await clock.advance(100)
    }
    expect(seen.lost).toBe(0)
    // Three limits on its way out, as many in line elsewhere, and then its own.
    await clock.advance(399)
    expect(seen.lost).toBe(0)
    await clock.advance(1)
    expect(seen.lost).toBe(1)
  })

  it('also while more is given than leaves', async () => {
    const { clock, wire, seen } = made()
    Object.assign(wire, { given: 500, buffered: 500 })
    await clock.advance(1000)
    Object.assign(wire, { given: 900, buffered: 800 })
    await clock.advance(100)
    expect(seen.lost).toBe(0)
  })

  it('waits no longer than it was told where nothing leaves', async () => {
    const { clock, wire, seen } = made()
    Object.assign(wire, { given: 500, buffered: 500 })
    await clock.advance(1000)
    wire.buffered = 400
    await clock.advance(100)
    await clock.advance(99)
    expect(seen.lost).toBe(0)
    await clock.advance(1)
    expect(seen.lost).toBe(1)
  })

  it('is not kept alive by what is sent later, which a dead line may take for long', async () => {
    const { clock, wire, seen } = made()
    await clock.advance(1000)
    // The system’s own buffer takes it.
    wire.given = 500
    await clock.advance(100)
    expect(seen.lost).toBe(1)
  })
})

describe('a heartbeat', () => {
  it('takes the bytes of a message that is not there yet for a sign of life', async () => {
    const { clock, wire, seen } = made()
    await clock.advance(1000)
    for (let arrived = 1; arrived < 20; arrived++) {
      wire.arrived = arrived
      await clock.advance(100)
    }
    expect(seen.lost).toBe(0)
    await clock.advance(100)
    expect(seen.lost).toBe(1)
  })

  it('asks again the next time where its question could not be made', async () => {
    const cause = new Error('no token')
    let fails = true
    const send = (): string => {
      if (fails) throw cause
      return 'ping'
    }
    const { clock, heartbeat, seen } = made({ rules: { send, expect: 'pong', interval: 1000, timeout: 100 } })
    await clock.advance(1000)
    expect(seen).toEqual({ asked: 0, lost: 0, threw: [['send', cause]] })
    await expect(heartbeat.ping()).rejects.toMatchObject({ code: 'delegateFailed', cause })
    fails = false
    await clock.advance(1000)
    expect(seen).toMatchObject({ asked: 1, lost: 0 })
  })

  it('takes what its answer’s judge throws at for no answer', async () => {
    const expected = (message: unknown): boolean => (JSON.parse(String(message)) as { type: string }).type === 'pong'
    const { clock, heartbeat, seen } = made({
      rules: { send: 'ping', expect: expected, interval: 1000, timeout: 100 },
    })
    await clock.advance(1000)
    expect(heartbeat.hears('not JSON')).toBe(false)
    expect(seen.threw).toEqual([['expect', expect.any(SyntaxError)]])
    expect(heartbeat.hears('{"type":"pong"}')).toBe(true)
  })
})
