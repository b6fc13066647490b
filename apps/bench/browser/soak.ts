/**
 * What WebSockets leave behind in Chromium: `node apps/bench/browser/soak.ts [GiB] [cycles]`, after a build. Streams so many GiB in messages
 * of 1 MiB into a page, over the platform's own WebSocket and over a task, then opens and closes as many sockets, and says what that took.
 * Fails where a task takes more than the platform does, or something stays.
 */
import type { SocketWay } from '../page/sockets.ts'
import { startSocketServer } from '../support/socket-server.ts'
import { idleMemory, peakOver } from '../support/processes.ts'
import { makeStage } from '../support/stage.ts'
import { openUnwatched } from './unwatched.ts'

const MiB = 1 << 20
const [gibibytes = 4, cycles = 10_000] = process.argv.slice(2).map(Number)

const stage = await makeStage()
const { url, stop } = await startSocketServer()
try {
  const bare = await streamed('WebSocket')
  const ours = await streamed('webSocketTask')
  const grown = await openedAndClosed()
  if (ours > bare * 1.25 + 32 || grown > 1) process.exitCode = 1
} finally {
  stop()
  await stage.close()
}

/** MiB over idle, at most. */
async function streamed(way: SocketWay): Promise<number> {
  const { evaluate, pid, close } = await openUnwatched(stage)
  const idle = (await idleMemory(pid)) ?? NaN
  const job = { way, url, count: Math.round(gibibytes * 1024), size: MiB, text: false, parallel: null } as const
  const over = evaluate((one) => globalThis.bench.sockets(one), job)
  const peak = await peakOver(idle, pid, over)
  await over
  await close()
  console.log(
    `${way}, ${gibibytes} GiB in messages of 1 MiB: at most ${peak.toFixed(0)} MiB over idle, in all processes`,
  )
  return peak
}

/** MiB that stay in use. */
async function openedAndClosed(): Promise<number> {
  const { evaluate, send, close } = await openUnwatched(stage)
  const inUse = async (): Promise<number> => {
    await send('HeapProfiler.collectGarbage')
    return ((await send('Runtime.getHeapUsage')) as { usedSize: number }).usedSize / MiB
  }
  const openAndClose = (count: number): Promise<void> =>
    evaluate(([to, times]) => globalThis.bench.openAndClose(to, times), [url, count] as const)
  await openAndClose(500)
  const before = await inUse()
  await openAndClose(cycles)
  const grown = (await inUse()) - before
  await close()
  console.log(`${cycles} sockets opened and closed: ${grown.toFixed(2)} MiB more in use`)
  return grown
}
