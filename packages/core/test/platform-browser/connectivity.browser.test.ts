/** Going offline, coming back, and waking up. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { browserConnectivity } from '../../src/platform/browser/browser-connectivity.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function listen(): { heard: string[]; stop: () => void } {
  const heard: string[] = []
  return { heard, stop: browserConnectivity.subscribe((event) => heard.push(event)) }
}

test('says what the browser says', () => {
  expect(browserConnectivity.online).toBe(navigator.onLine)
  const { heard, stop } = listen()
  dispatchEvent(new Event('offline'))
  dispatchEvent(new Event('online'))
  stop()
  dispatchEvent(new Event('online'))
  expect(heard).toEqual(['offline', 'online'])
})

test('time that passes evenly is no sleep, not even when timers run once a minute', () => {
  const { heard, stop } = listen()
  vi.advanceTimersByTime(600_000)
  for (let minute = 0; minute < 5; minute++) {
    // A hidden page: the timer of half a minute fires half a minute late.
    vi.setSystemTime(Date.now() + 30_000)
    vi.advanceTimersByTime(30_000)
  }
  stop()
  expect(heard).toEqual([])
})

test('a timer that fires minutes late is a machine that slept', () => {
  const { heard, stop } = listen()
  vi.advanceTimersByTime(30_000)
  vi.setSystemTime(Date.now() + 3_600_000)
  vi.advanceTimersByTime(30_000)
  expect(heard).toEqual(['wake'])
  vi.advanceTimersByTime(300_000)
  stop()
  expect(heard).toEqual(['wake'])
  expect(vi.getTimerCount()).toBe(0)
})
