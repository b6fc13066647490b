/** What a page still has of WebSockets that are over: nothing, counted on its heap by the debugger, which collects first. */
import type { CDPSession, Page } from 'playwright/test'
import type { URLSession } from '../../src/entries/browser.ts'
import { expect, test } from '../support/stage.ts'

/** All that is ours is made of these. */
const KINDS = ['WebSocket', 'AbortSignal', 'EventTarget', 'Promise', 'Function', 'Map', 'Object']

async function counted(debug: CDPSession): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const kind of KINDS) {
    const prototype = await debug.send('Runtime.evaluate', { expression: `${kind}.prototype`, objectGroup: 'count' })
    const { objects } = await debug.send('Runtime.queryObjects', {
      prototypeObjectId: prototype.result.objectId ?? '',
      objectGroup: 'count',
    })
    const { result } = await debug.send('Runtime.callFunctionOn', {
      objectId: objects.objectId ?? '',
      functionDeclaration: 'function () { return this.length }',
    })
    await debug.send('Runtime.releaseObjectGroup', { objectGroup: 'count' })
    counts[kind] = Number(result.value)
  }
  return counts
}

const socketOf = (origin: string): string => `${origin.replace('http', 'ws')}/sockets/memory`

/** Opens, uses and ends so many sockets, one after another, each third by a cancel. */
const cycles = (page: Page, url: string, count: number): Promise<void> =>
  page.evaluate(
    async ([to, times]) => {
      const own = globalThis as unknown as { kept?: URLSession }
      const session = (own.kept ??= new globalThis.urlsession.URLSession())
      for (let index = 0; index < times; index++) {
        const task = session.webSocketTask(to, { heartbeat: { send: 'a', expect: 'a' } }).resume()
        await task.send('x')
        await task.receive()
        if (index % 3 === 0) task.cancel()
        else task.close()
        await task.finished.catch(() => {})
      }
    },
    [url, count] as const,
  )

test('five hundred sockets leave nothing behind in their page', async ({ page, stage }) => {
  const { here, open } = await stage()
  await open()
  const debug = await page.context().newCDPSession(page)
  // What is compiled, cached and loaded with the first ones stays, and may.
  await cycles(page, socketOf(here.url), 50)
  const before = await counted(debug)
  await cycles(page, socketOf(here.url), 500)
  const after = await counted(debug)
  const perSocket = KINDS.map((kind) => ((after[kind] ?? 0) - (before[kind] ?? 0)) / 500)
  // A single object of each socket would make it 1.
  expect(
    perSocket.every((count) => count < 0.2),
    JSON.stringify({ before, after }),
  ).toBe(true)
})
