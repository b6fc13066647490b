/**
 * What WebSockets leave behind in Chromium: `node apps/bench/browser/soak.ts [GiB] [cycles]`, after a build. Streams so many GiB in messages
 * of 1 MiB into the page, then opens and closes as many sockets, and says what that took. Fails where it grew.
 */
import { startSocketServer } from '../support/socket-server.ts'
import { idleMemory, peakOver } from '../support/processes.ts'
import { makeStage } from '../support/stage.ts'
import { openBrowser } from './open.ts'

const MiB = 1 << 20
const [gibibytes = 4, cycles = 10_000] = process.argv.slice(2).map(Number)

const stage = await makeStage()
const { url, stop } = await startSocketServer()
const { page, pid, close } = await openBrowser(stage)
try {
  const idle = (await idleMemory(pid)) ?? NaN
  const job = {
    way: 'webSocketTask',
    url,
    count: Math.round(gibibytes * 1024),
    size: MiB,
    text: false,
    parallel: null,
  } as const
  const streamed = page.evaluate((one) => globalThis.bench.sockets(one), job)
  const peak = await peakOver(idle, pid, streamed)
  console.log(`${gibibytes} GiB in messages of 1 MiB: at most ${peak.toFixed(1)} MiB over idle, in all processes`)

  const debug = await page.context().newCDPSession(page)
  const inUse = async (): Promise<number> => {
    await debug.send('HeapProfiler.collectGarbage')
    return (await debug.send('Runtime.getHeapUsage')).usedSize / MiB
  }
  const openAndClose = (count: number): Promise<void> =>
    page.evaluate(([to, times]) => globalThis.bench.openAndClose(to, times), [url, count] as const)
  await openAndClose(500)
  const before = await inUse()
  await openAndClose(cycles)
  const grown = (await inUse()) - before
  console.log(`${cycles} sockets opened and closed: ${grown.toFixed(2)} MiB more in use`)
  if (peak > 256 || grown > 1) process.exitCode = 1
} finally {
  stop()
  await close()
  await stage.close()
}
