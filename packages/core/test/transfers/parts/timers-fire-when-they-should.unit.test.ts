/** The idle timer, and the timers of a phase and of all patience. */
import { FakeClock } from '../../../../testing/src/fakes/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import { IdleTimer } from '../../../src/loading/idle-timer.ts'
import { TransferTimers } from '../../../src/transfers/transfer-timers.ts'

function idle(limit: number): { clock: FakeClock; timer: IdleTimer; fired: () => number } {
  const clock = new FakeClock()
  let fired = 0
  return { clock, timer: new IdleTimer(clock, limit, () => (fired += 1)), fired: () => fired }
}

describe('the idle timer', () => {
  it('fires once when nothing came for its time', async () => {
    const { clock, timer, fired } = idle(100)
    timer.start()
    await clock.advance(99)
    expect(fired()).toBe(0)
    await clock.advance(1000)
    expect([fired(), clock.pending]).toEqual([1, []])
  })

  it('costs one timer, however often something comes', async () => {
    const { clock, timer, fired } = idle(100)
    timer.start()
    for (let tick = 0; tick < 1000; tick++) {
      timer.touch()
      await clock.advance(10)
    }
    expect([fired(), clock.pending.length]).toEqual([0, 1])
    await clock.advance(100)
    expect(fired()).toBe(1)
  })

  it('does not fire while it is stopped, and begins anew', async () => {
    const { clock, timer, fired } = idle(100)
    timer.start()
    await clock.advance(90)
    timer.stop()
    await clock.advance(1000)
    timer.start()
    await clock.advance(99)
    expect(fired()).toBe(0)
    await clock.advance(1)
    expect(fired()).toBe(1)
  })

  it('in a hurry waits shorter, but only for a connection that is silent', async () => {
    const silent = idle(100)
    silent.timer.start()
    await silent.clock.advance(10)
    silent.timer.hurry(20)
    await silent.clock.advance(20)
    expect(silent.fired()).toBe(1)
    const alive = idle(100)
    alive.timer.start()
    await alive.clock.advance(10)
    alive.timer.hurry(20)
    await alive.clock.advance(5)
    alive.timer.touch()
    await alive.clock.advance(99)
    expect(alive.fired()).toBe(0)
    await alive.clock.advance(1)
    expect(alive.fired()).toBe(1)
  })

  it('is never longer for a hurry, and not started by one', async () => {
    const { clock, timer, fired } = idle(100)
    timer.hurry(20)
    await clock.advance(1000)
    expect(fired()).toBe(0)
    timer.start()
    await clock.advance(10)
    timer.hurry(5000)
    await clock.advance(100)
    expect(fired()).toBe(1)
  })
})

describe('a transfer’s timers', () => {
  it('replace each other within a phase', async () => {
    const clock = new FakeClock()
    const timers = new TransferTimers(clock)
    const fired: string[] = []
    timers.arm(10, () => fired.push('first'))
    timers.arm(20, () => fired.push('second'))
    await clock.advance(100)
    timers.arm(10, () => fired.push('third'))
    timers.disarm()
    await clock.advance(100)
    expect(fired).toEqual(['second'])
  })

  it('wait for a deadline that is a year away', async () => {
    const clock = new FakeClock()
    const timers = new TransferTimers(clock)
    let over = 0
    const year = 31_536_000_000
    timers.armDeadline(clock.now() + year, () => (over += 1))
    await clock.advance(year - 1)
    expect(over).toBe(0)
    await clock.advance(1)
    expect([over, clock.pending]).toEqual([1, []])
  })

  it('notice a deadline that has passed, and keep no process alive for one', async () => {
    const clock = new FakeClock()
    const timers = new TransferTimers(clock)
    let over = 0
    timers.armDeadline(clock.now() - 5, () => (over += 1))
    expect(clock.holding).toBe(0)
    await clock.advance(0)
    expect(over).toBe(1)
  })

  it('are all gone when they are disarmed', async () => {
    const clock = new FakeClock()
    const timers = new TransferTimers(clock)
    timers.arm(10, () => expect.fail('the phase’s timer fired'))
    timers.armDeadline(clock.now() + 10, () => expect.fail('the deadline’s timer fired'))
    timers.disarmAll()
    await clock.advance(1000)
    expect(clock.pending).toEqual([])
  })
})
