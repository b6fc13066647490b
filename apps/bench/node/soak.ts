/**
 * What WebSockets leave behind in Node: `node --expose-gc --conditions=urlsession-source apps/bench/node/soak.ts [GiB] [cycles]`. Streams so
 * many GiB in messages of 1 MiB to a receiver that is slower than the server, then opens and closes as many sockets, and says after each
 * what is in use. Fails where that grew.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { URLSession } from 'urlsession'
import { startSocketServer } from '../support/socket-server.ts'

const MiB = 1 << 20

if (process.send) {
  process.send((await startSocketServer()).url)
} else {
  const [gibibytes = 4, cycles = 10_000] = process.argv.slice(2).map(Number)
  // In a process of its own, so that what it keeps is not counted.
  const server = fork(import.meta.filename, { execArgv: ['--conditions=urlsession-source'] })
  const [url] = (await once(server, 'message')) as [string]
  const session = new URLSession()
  try {
    await stream(session, url, gibibytes * 1024)
    await openAndClose(session, url, cycles)
  } finally {
    server.kill()
    await session.close()
  }
}

async function stream(session: URLSession, url: string, count: number): Promise<void> {
  const task = session.webSocketTask(url, { maximumMessageSize: 2 * MiB, inbox: { limit: 8 } }).resume()
  await task.send(`flood ${count} ${MiB} false`)
  let [least, most, received] = [Infinity, 0, 0]
  for await (const message of task) {
    received += 1
    if (message.length !== MiB) throw new Error(`message ${received} has ${message.length} bytes`)
    // Slower than who sends.
    if (received % 8 === 0) await turn()
    if (received % 128 === 0) {
      const used = inUse()
      least = Math.min(least, used)
      most = Math.max(most, used)
    }
    if (received === count) break
  }
  task.close()
  await task.finished
  console.log(`${received} MiB: between ${least.toFixed(1)} and ${most.toFixed(1)} MiB in use meanwhile`)
  if (most - least > 64) process.exitCode = 1
}

async function openAndClose(session: URLSession, url: string, cycles: number): Promise<void> {
  const warm = Math.min(500, cycles)
  let before = 0
  for (let cycle = 0; cycle <= cycles + warm; cycle++) {
    if (cycle === warm) before = inUse()
    const task = session.webSocketTask(url).resume()
    await task.send('x')
    await task.receive()
    task.close()
    await task.finished
  }
  await turn()
  const grown = inUse() - before
  console.log(`${cycles} sockets opened and closed: ${grown.toFixed(2)} MiB more in use`)
  if (grown > 4) process.exitCode = 1
}

/** MiB, of what is still needed: heap and buffers. */
function inUse(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / MiB
}
