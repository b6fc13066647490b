/** earliestBeginDate in a running engine: not before, also after a restart, and changed on the way. */
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { describe, expect, it } from 'vitest'
import { Life } from '../support/engine-life.ts'

describe('a begin date', () => {
  it('keeps a task from asking before it', async () => {
    const life = await Life.begin()
    const { clock, transport } = life.platform
    const at = clock.now() + 2000
    const uid = await life.start({ beginAt: at })
    expect(life.told('waiting', uid).at(-1)).toMatchObject({ for: 'begin-date', until: at })
    await clock.advance(1999)
    expect(transport.waiting).toBe(0)
    await clock.advance(1)
    expect(transport.waiting).toBe(1)
  })

  it('is kept over a restart, and missed ones are made up for', async () => {
    const first = await Life.begin()
    const { clock } = first.platform
    await first.start({ beginAt: clock.now() + 5000 })
    first.die()
    const second = await Life.begin({ disk: first.disk, clock })
    await clock.advance(4000)
    expect(second.platform.transport.waiting).toBe(0)
    second.die()
    await clock.advance(4000)
    const third = await Life.begin({ disk: first.disk, clock })
    await settle()
    expect(third.platform.transport.waiting).toBe(1)
  })

  it('can be moved, and taken back', async () => {
    const life = await Life.begin()
    const { clock, transport } = life.platform
    const uid = await life.start({ beginAt: clock.now() + 5000 })
    await life.engine.edit(uid, { beginAt: clock.now() + 10_000 })
    await clock.advance(9000)
    expect(transport.waiting).toBe(0)
    expect(life.record('task', uid)).toMatchObject({ beginAt: clock.now() + 1000 })
    await life.engine.edit(uid, { beginAt: null })
    await settle()
    expect(transport.waiting).toBe(1)
  })

  it('longer ahead than timers reach is waited for all the same', async () => {
    const life = await Life.begin({ settings: { timeout: { resource: 31_536_000_000 } } })
    await life.start({ beginAt: life.platform.clock.now() + 40 * 86_400_000 })
    await life.platform.clock.advance(39 * 86_400_000)
    expect(life.platform.transport.waiting).toBe(0)
    await life.platform.clock.advance(86_400_000)
    expect(life.platform.transport.waiting).toBe(1)
  })
})

describe('the resource timeout', () => {
  const week = 604_800_000
  /** Silence is no reason to end here. */
  const settings = { timeout: { request: week * 10 } }

  it('ends a task that waits, with the time from its first resume', async () => {
    const life = await Life.begin()
    const uid = await life.start({ beginAt: life.platform.clock.now() + 2 * week })
    await life.platform.clock.advance(week - 1)
    expect(life.told('failed')).toEqual([])
    await life.platform.clock.advance(1)
    expect(life.told('failed', uid)[0]?.error).toMatchObject({ code: 'timedOut', retryable: false })
  })

  it('goes on over a restart, and ends what it ran out for meanwhile', async () => {
    const first = await Life.begin({ settings })
    const { clock } = first.platform
    const uid = await first.start()
    await clock.advance(week / 2)
    first.die()
    const second = await Life.begin({ disk: first.disk, clock, settings })
    await clock.advance(week / 2 - 1)
    expect(second.told('failed')).toEqual([])
    second.die()
    await clock.advance(1)
    const third = await Life.begin({ disk: first.disk, clock })
    expect((await third.failed(uid)).code).toBe('timedOut')
  })

  it('runs while the task is suspended', async () => {
    const life = await Life.begin()
    const uid = await life.start()
    await life.engine.suspend(uid)
    await life.platform.clock.advance(week)
    expect(life.told('failed', uid)[0]?.error.code).toBe('timedOut')
  })

  it('does not run before the first resume', async () => {
    const life = await Life.begin()
    const uid = await life.create()
    await life.platform.clock.advance(week + 1)
    expect(life.told('failed', uid)).toEqual([])
  })
})
