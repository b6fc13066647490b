/** Time and chance in a browser. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { browserChance } from '../../src/platform/browser/browser-chance.ts'
import { browserClock } from '../../src/platform/browser/browser-clock.ts'

describe('clock', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('calls once, after the delay', () => {
    const run = vi.fn<() => void>()
    const start = browserClock.now()
    browserClock.after(1000, run)
    vi.advanceTimersByTime(999)
    expect(run).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10_000)
    expect(run).toHaveBeenCalledOnce()
    expect(browserClock.now() - start).toBe(10_999)
  })

  test('a delay is taken back', () => {
    const run = vi.fn<() => void>()
    browserClock.after(1000, run)()
    vi.advanceTimersByTime(2000)
    expect(run).not.toHaveBeenCalled()
  })

  test('a year is a year, although timers count in 32 bits, and can be taken back in the middle', () => {
    const year = 31_536_000_000
    const run = vi.fn<() => void>()
    const never = vi.fn<() => void>()
    browserClock.after(year, run)
    const takeBack = browserClock.after(year, never)
    vi.advanceTimersByTime(year - 1)
    expect(run).not.toHaveBeenCalled()
    takeBack()
    vi.advanceTimersByTime(1)
    expect(run).toHaveBeenCalledOnce()
    expect(never).not.toHaveBeenCalled()
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
