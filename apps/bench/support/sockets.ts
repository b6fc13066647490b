/** How many messages a second go over a WebSocket, in Chromium and in Node, beside the platform's own and the wrappers people use. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { openUnwatched } from '../browser/unwatched.ts'
import type { SocketJob, SocketWay } from '../page/sockets.ts'
import { format, median, ratio, type Row } from './report.ts'
import { takeTurns } from './rounds.ts'
import { startSocketServer } from './socket-server.ts'
import type { Stage } from './stage.ts'

type Load = Pick<SocketJob, 'count' | 'size' | 'text' | 'parallel'>

const LOADS: Readonly<Record<string, Load>> = {
  '100 B of text, there and back': { count: 20_000, size: 100, text: true, parallel: 1000 },
  '100 B of text, from the server': { count: 40_000, size: 100, text: true, parallel: null },
  '1 KiB, there and back': { count: 12_000, size: 1024, text: false, parallel: 1000 },
  '1 KiB, from the server': { count: 24_000, size: 1024, text: false, parallel: null },
  '1 MiB, there and back': { count: 80, size: 1 << 20, text: false, parallel: 8 },
  '1 MiB, from the server': { count: 160, size: 1 << 20, text: false, parallel: null },
}
/** In which each round's messages are sent, each over a socket of its own. */
const TURNS = 4
const WAYS = ['webSocketTask', 'WebSocket', 'partysocket', 'reconnecting-websocket'] as const

export async function browserSockets(stage: Stage, rounds: number): Promise<Row[]> {
  const { evaluate, close } = await openUnwatched(stage)
  const rows = await measure(rounds, WAYS, 1, (job) => evaluate((one) => globalThis.bench.sockets(one), job))
  await close()
  return rows
}

export const nodeSockets = (rounds: number): Promise<Row[]> =>
  measure(rounds, [...WAYS, 'ws'], 8, async (job) => {
    // Without the workspace's condition: what is measured is the built package.
    const child = fork(new URL('../node/sockets-child.ts', import.meta.url), [JSON.stringify(job)], { execArgv: [] })
    const [{ elapsed }] = (await once(child, 'message')) as [{ elapsed: number }]
    return elapsed
  })

/** @param times How many times as many messages: of what is faster, so that it takes long enough to be measured. */
async function measure(
  rounds: number,
  ways: readonly SocketWay[],
  times: number,
  run: (job: SocketJob) => Promise<number>,
): Promise<Row[]> {
  const { url, stop } = await startSocketServer()
  const rows: Row[] = []
  for (const [what, { count, ...like }] of Object.entries(LOADS)) {
    const load = { ...like, count: count * times }
    // What is compiled and loaded with the first is not to be measured.
    for (const way of ways) await run({ ...load, count: Math.ceil(load.count / 10), url, way })
    const turn = { ...load, count: load.count / TURNS, url }
    const contenders = Object.fromEntries(ways.map((way) => [way, () => run({ ...turn, way })]))
    const elapsed = await takeTurns(rounds, contenders, TURNS)
    const pace = (way: SocketWay): number[] =>
      (elapsed[way] ?? []).map((milliseconds) => load.count / (milliseconds / 1000))
    for (const way of ways) {
      const row = { what: `${way}, ${what}`, value: median(pace(way)), unit: '/s', all: pace(way) }
      const of = ratio(pace('webSocketTask'), pace(way))
      const target = { atLeast: way === 'WebSocket' ? 0.95 : 1, of }
      const isBare = way === 'ws'
      if (way === 'webSocketTask') rows.push(row)
      else rows.push({ ...row, beside: `webSocketTask is ${format(of)} ×`, ...(!isBare && { target }) })
    }
  }
  stop()
  return rows
}
