/** A task's priority is passed on to the browser, which decides what goes first on a connection. */
import { afterEach, expect, it, vi } from 'vitest'
import { makeSession } from '../support/session.ts'
import { echoURL } from './support/data.ts'

afterEach(() => vi.unstubAllGlobals())

it('tells the browser of requests that are more or less important than others', async () => {
  const platform = globalThis.fetch
  const told: unknown[] = []
  vi.stubGlobal('fetch', (input: RequestInfo, init?: RequestInit) => {
    told.push(init?.priority)
    return platform(input, init)
  })
  const session = makeSession()
  for (const priority of [0.9, 0.1, 0.5]) await session.data(echoURL, { priority })
  await session.data(echoURL)
  await (await session.fetch(echoURL, { priority: 'low' })).text()
  await (await session.fetch(echoURL)).text()
  await makeSession({ priority: 1 }).data(echoURL)
  expect(told).toEqual(['high', 'low', undefined, undefined, 'low', undefined, 'high'])
})
