/** What a page is shown of its requests, by its own server, which hides nothing from it, and by another, which does. */
import { expect, it } from 'vitest'
import type { TransactionTimings } from '../../src/model/metrics.ts'
import { resourceTimings } from '../../src/platform/browser/resource-timings.ts'
import { serve, unique } from '../support/session.ts'

/** An address of this page's own server. */
const own = (): string => `${location.origin}/?${unique('timed')}`

const load = async (url: string): Promise<TransactionTimings> => {
  const timings = resourceTimings(url)
  await (await fetch(url)).text()
  // The entry comes a moment after the body.
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (performance.getEntriesByName(url, 'resource').length > 0) resolve()
      else setTimeout(look, 1)
    }
    look()
  })
  return timings()()
}

it('its own server shows all phases, in their order, and the size', async () => {
  const timings = await load(own())
  const moments = [timings.fetchStart, timings.requestStart, timings.responseStart, timings.responseEnd]
  expect(moments.every((at) => typeof at === 'number')).toBe(true)
  expect(moments).toEqual((moments as number[]).toSorted((a, b) => a - b))
  expect(Math.abs(timings.fetchStart - Date.now())).toBeLessThan(60_000)
  expect(timings.protocol).toMatch(/^(http\/1\.1|h2)$/)
  expect(timings.responseBodyBytes).toBeGreaterThan(0)
  expect(typeof timings.reusedConnection).toBe('boolean')
  if (timings.reusedConnection) expect([timings.connectStart, timings.domainLookupStart]).toEqual([null, null])
})

it('another server hides all but the beginning and the end, and nothing is made up', async () => {
  const file = await serve('hidden.bin', { size: 100 })
  const timings = await load(file.url)
  expect(timings).toMatchObject({
    requestStart: null,
    responseStart: null,
    connectStart: null,
    reusedConnection: null,
    proxyConnection: null,
    responseBodyBytes: null,
  })
  expect(timings.responseEnd).toBeGreaterThanOrEqual(timings.fetchStart)
})

it('a request is told from one to the same address that came later', async () => {
  const url = own()
  const first = resourceTimings(url)
  await (await fetch(url)).text()
  const later = performance.timeOrigin + performance.now()
  await load(url)
  expect(first()().fetchStart).toBeLessThanOrEqual(later)
})

it('a request that the browser forgot is not taken for a later one to the same address', async () => {
  const url = own()
  const first = resourceTimings(url)
  await load(url)
  const found = first()
  performance.clearResourceTimings()
  await load(url)
  expect(found().responseEnd).toBe(null)
})

it('a request that nothing is known of began when it was made', () => {
  const before = performance.timeOrigin + performance.now()
  const { fetchStart, responseEnd, reusedConnection } = resourceTimings(own())()()
  expect(fetchStart).toBeGreaterThanOrEqual(before - 1)
  expect([responseEnd, reusedConnection]).toEqual([null, null])
})
