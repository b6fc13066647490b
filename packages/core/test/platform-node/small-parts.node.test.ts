/** Clock, chance, connectivity, and where state is kept. */
import { describe, expect, test, vi } from 'vitest'
import { nodeChance } from '../../src/platform/node/node-chance.ts'
import { nodeClock } from '../../src/platform/node/node-clock.ts'
import { createNodeConnectivity } from '../../src/platform/node/node-connectivity.ts'
import { stateDirectory } from '../../src/platform/node/state-directory.ts'

describe('clock', () => {
  test('fires once, after the delay; what is taken back never fires', () => {
    vi.useFakeTimers()
    try {
      const [run, taken] = [vi.fn<() => void>(), vi.fn<() => void>()]
      nodeClock.after(50, run)
      nodeClock.after(50, taken, { keepAlive: false })()
      vi.advanceTimersByTime(49)
      expect(run).not.toHaveBeenCalled()
      vi.advanceTimersByTime(1000)
      expect([run.mock.calls.length, taken.mock.calls.length]).toEqual([1, 0])
    } finally {
      vi.useRealTimers()
    }
  })

  test('a year is a year, though a timer holds 24.8 days', () => {
    vi.useFakeTimers()
    try {
      const year = 31_536_000_000
      const [run, taken] = [vi.fn<() => void>(), vi.fn<() => void>()]
      nodeClock.after(year, run)
      const cancel = nodeClock.after(year, taken)
      vi.advanceTimersByTime(year - 1)
      expect(run).not.toHaveBeenCalled()
      cancel()
      vi.advanceTimersByTime(1)
      expect(run).toHaveBeenCalledOnce()
      vi.advanceTimersByTime(year)
      expect([run.mock.calls.length, taken.mock.calls.length]).toEqual([1, 0])
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('chance', () => {
  test('identifiers are different, in order, and fit to name files', () => {
    const all = Array.from({ length: 20_000 }, () => nodeChance.uid())
    expect(new Set(all).size).toBe(all.length)
    expect(all).toEqual(all.toSorted())
    for (const uid of all.slice(0, 100))
      expect(uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  test('they stay in order when the clock is set back', () => {
    const before = nodeChance.uid()
    vi.useFakeTimers({ now: 0, toFake: ['Date'] })
    try {
      expect(nodeChance.uid() > before).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  test('numbers are at least 0 and below 1', () => {
    for (let turn = 0; turn < 1000; turn++) expect(Math.floor(nodeChance.next())).toBe(0)
  })
})

describe('connectivity', () => {
  function stage() {
    let now = 1_000_000
    let tick: (() => void) | null = null
    const connectivity = createNodeConnectivity({
      now: () => now,
      every: (_interval, run) => {
        tick = run
        return () => (tick = null)
      },
    })
    const pass = (ms: number): void => {
      now += ms
      tick?.()
    }
    return { connectivity, pass, ticking: () => tick !== null }
  }

  test('is never sure that there is no network', () => {
    expect(stage().connectivity.online).toBe(true)
  })

  test('a tick that comes far too late was asleep', () => {
    const { connectivity, pass } = stage()
    const heard: string[] = []
    connectivity.subscribe((event) => heard.push(event))
    for (const gap of [15_000, 15_100, 44_000]) pass(gap)
    expect(heard).toEqual([])
    pass(3_600_000)
    pass(15_000)
    expect(heard).toEqual(['wake'])
  })

  test('ticks only while somebody listens, and knows nothing of the time before', () => {
    const { connectivity, pass, ticking } = stage()
    const listener = vi.fn<(event: string) => void>()
    const [first, second] = [connectivity.subscribe(listener), connectivity.subscribe(listener)]
    first()
    first()
    expect(ticking()).toBe(true)
    pass(60_000)
    expect(listener).toHaveBeenCalledTimes(1)
    second()
    expect(ticking()).toBe(false)
    pass(1_000_000)
    connectivity.subscribe(listener)
    pass(15_000)
    expect(listener).toHaveBeenCalledTimes(1)
  })
})

test('state is where each system keeps it', () => {
  const at = (platform: NodeJS.Platform, env: Record<string, string>, home: string): string =>
    stateDirectory({ platform, env, home })
  expect(at('linux', {}, '/home/me')).toBe('/home/me/.local/state/urlsession')
  expect(at('linux', { XDG_STATE_HOME: '/state' }, '/home/me')).toBe('/state/urlsession')
  expect(at('linux', { XDG_STATE_HOME: 'relative' }, '/home/me')).toBe('/home/me/.local/state/urlsession')
  expect(at('freebsd', { XDG_STATE_HOME: '' }, '/home/me')).toBe('/home/me/.local/state/urlsession')
  expect(at('darwin', { XDG_STATE_HOME: '/state' }, '/Users/me')).toBe(
    '/Users/me/Library/Application Support/urlsession',
  )
  expect(at('win32', { LOCALAPPDATA: 'C:\\Users\\me\\AppData\\Local' }, 'C:\\Users\\me')).toBe(
    'C:\\Users\\me\\AppData\\Local\\urlsession',
  )
  expect(at('win32', {}, 'C:\\Users\\me')).toBe('C:\\Users\\me\\AppData\\Local\\urlsession')
})
