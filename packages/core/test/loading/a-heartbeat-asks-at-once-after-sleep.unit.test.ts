/** What a heartbeat does when the machine woke up: it asks at once, and is not patient. */
import { FakeClock } from '../../../testing/src/fakes/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import { Heartbeat, type HeartbeatParts } from '../../src/loading/sockets/heartbeat.ts'

function made(more: Partial<HeartbeatParts> = {}) {
  const clock = new FakeClock()
  const asked: unknown[] = []
  const lost: string[] = []
  const heartbeat = new Heartbeat({
    url: 'wss://example.com/',
    clock,
    rules: { send: 'ping', expect: 'pong', interval: 3_600_000, timeout: 60_000 },
    ping: null,
    send: (message) => asked.push(message),
    deaf: () => false,
    sent: () => 0,
    given: () => 0,
    buffered: () => 0,
    arrived: () => 0,
    threw: () => {},
    answered: () => {},
    lost: ({ code }) => lost.push(code),
    ...more,
  })
  heartbeat.start()
  return { clock, heartbeat, asked, lost }
}

describe('after sleep, a heartbeat', () => {
  it('asks long before it is its time, and gives the answer three seconds', async () => {
    const { clock, heartbeat, asked, lost } = made()
    heartbeat.probe()
    expect(asked).toEqual(['ping'])
    await clock.advance(2999)
    expect(lost).toEqual([])
    await clock.advance(1)
    expect(lost).toEqual(['networkConnectionLost'])
  })

  it('has no more patience than it has otherwise', async () => {
    const rules = { send: 'ping', expect: 'pong', interval: 3_600_000, timeout: 500 }
    const { clock, heartbeat, lost } = made({ rules })
    heartbeat.probe()
    await clock.advance(500)
    expect(lost).toEqual(['networkConnectionLost'])
  })

  it('goes on as before where there is an answer', async () => {
    const { clock, heartbeat, asked, lost } = made()
    heartbeat.probe()
    expect(heartbeat.hears('pong')).toBe(true)
    await clock.advance(3_599_999)
    expect([asked, lost]).toEqual([['ping'], []])
    await clock.advance(1)
    expect(asked).toEqual(['ping', 'ping'])
  })

  it('asks by a frame where there are some, also where it never does so by itself', async () => {
    let frames = 0
    const { clock, heartbeat, lost } = made({
      rules: null,
      ping: () => {
        frames += 1
        return new Promise(() => {})
      },
    })
    heartbeat.probe()
    expect(frames).toBe(1)
    await clock.advance(3000)
    expect(lost).toEqual(['networkConnectionLost'])
  })

  it('asks nothing where it could not hear the answer', () => {
    const { heartbeat, asked } = made({ deaf: () => true })
    heartbeat.probe()
    expect(asked).toEqual([])
  })
})
