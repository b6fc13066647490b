/** Time and chance in a browser. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { browserChance } from '../../src/platform/browser/browser-chance.ts'
import { browserClock } from '../../src/platform/browser/browser-clock.ts'
import { pooled } from '../../src/platform/browser/pooled-clock.ts'
import type { Clock } from '../../src/ports/clock.ts'

describe.each([
  ['clock', () => browserClock],
  ['clock with one timer for all', () => pooled(browserClock)],
])('%s', (_name, makeClock) => {
  let clock: Clock

  beforeEach(() => {
    vi.useFakeTimers()
    clock = makeClock()
  })
  afterEach(() => void vi.useRealTimers())

  test('calls once, after the delay', () => {
    const run = vi.fn<() => void>()
    const start = clock.now()
    clock.after(1000, run)
    vi.advanceTimersByTime(999)
    expect(run).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10_000)
    expect(run).toHaveBeenCalledOnce()
    expect(clock.now() - start).toBe(10_999)
  })

  test('a delay is taken back', () => {
    const run = vi.fn<() => void>()
    clock.after(1000, run)()
    vi.advanceTimersByTime(2000)
    expect(run).not.toHaveBeenCalled()
  })

  test('a year is a year, although timers count in 32 bits, and can be taken back in the middle', () => {
    const year = 31_536_000_000
    const run = vi.fn<() => void>()
    const never = vi.fn<() => void>()
    clock.after(year, run)
    const takeBack = clock.after(year, never)
    vi.advanceTimersByTime(year - 1)
    expect(run).not.toHaveBeenCalled()
    takeBack()
    vi.advanceTimersByTime(1)
    expect(run).toHaveBeenCalledOnce()
    expect(never).not.toHaveBeenCalled()
  })
})

describe('one timer for all', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('a thousand guards that are taken back set one timer of the platform’s', () => {
    const clock = pooled(browserClock)
    for (let count = 0; count < 1000; count++) clock.after(60_000, () => {})()
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(60_000)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('each comes at its own time, whatever the order they were set in', () => {
    const clock = pooled(browserClock)
    const start = clock.now()
    const came: [number, number][] = []
    for (const delay of [300, 100, 200, 100]) clock.after(delay, () => came.push([delay, clock.now() - start]))
    vi.advanceTimersByTime(1000)
    expect(came).toEqual([100, 100, 200, 300].map((delay) => [delay, delay]))
  })

  test('one may take another back, and set a new one', () => {
    const clock = pooled(browserClock)
    const never = vi.fn<() => void>()
    const later = vi.fn<() => void>()
    clock.after(100, () => {
      takeBack()
      clock.after(0, later)
    })
    const takeBack = clock.after(100, never)
    vi.advanceTimersByTime(200)
    expect(never).not.toHaveBeenCalled()
    expect(later).toHaveBeenCalledOnce()
  })
})

describe('chance', () => {
  test('an identifier is safe, short, unique, and sorts by time', () => {
    const uids = Array.from({ length: 5000 }, () => browserChance.uid())
    expect(new Set(uids).size).toBe(uids.length)
    expect(uids.toSorted()).toEqual(uids)
    for (const uid of uids) expect(uid).toMatch(/^[0-9a-z-]{8,36}$/)
  })

  test('it needs nothing that only secure contexts have', () => {
    const randomUUID = vi.spyOn(crypto, 'randomUUID')
    browserChance.uid()
    expect(randomUUID).not.toHaveBeenCalled()
    randomUUID.mockRestore()
  })

  test('numbers are from 0 to below 1', () => {
    for (let count = 0; count < 1000; count++) {
      const number = browserChance.next()
      expect(number >= 0 && number < 1).toBe(true)
    }
  })
})
