/** How fast a file leaves the browser, beside a bare request and the clients that people use, and what the page feels of it. */
import type { UploadWay } from '../page/uploads.ts'
import { idleMemory, peakOver } from '../support/processes.ts'
import { format, median, ratio, type Row } from '../support/report.ts'
import { speeds, takeTurns } from '../support/rounds.ts'
import type { Made, Stage } from '../support/stage.ts'
import { startUploadServer } from '../support/upload-server.ts'
import { openBrowser } from './open.ts'

const MiB = 1 << 20

/** Ours → what it is to be compared with, and the least that it may be of it. */
type Targets = { readonly [way in UploadWay]?: readonly [UploadWay, number?] }

const TARGETS: Targets = {
  'session, plain': ['bare XHR', 0.95],
  'session, resumable': ['bare XHR'],
  'session, tus': ['tus-js-client', 1],
  'session, S3': ['Uppy, S3', 1],
}
/** Where each connection is slow and there could be several. */
const SLOW_TARGETS: Targets = {
  'session, tus': ['tus-js-client'],
  'session, tus, 4 at once': ['tus-js-client', 2],
  'tus-js-client, 4 at once': ['tus-js-client'],
  'session, S3': ['Uppy, S3', 2],
}

export async function browserUploads(stage: Stage, file: Made, rounds: number): Promise<Row[]> {
  const { rows, felt } = await measure(stage, file, rounds, TARGETS, 16 * MiB, Infinity)
  const what = 'longest task on the main thread during an upload (0: none of 50 ms or more)'
  return [...rows, { what, value: felt, unit: 'ms', target: { atMost: 50 } }]
}

/** @param bytesPerSecond Of each connection. */
export async function slowUploads(stage: Stage, file: Made, rounds: number, bytesPerSecond: number): Promise<Row[]> {
  return (await measure(stage, file, rounds, SLOW_TARGETS, 6 * MiB, bytesPerSecond)).rows
}

async function measure(
  stage: Stage,
  file: Made,
  rounds: number,
  targets: Targets,
  chunk: number,
  bytesPerSecond: number,
): Promise<{ rows: Row[]; felt: number }> {
  const server = await startUploadServer(bytesPerSecond)
  const { page, close } = await openBrowser(stage)
  await page.setInputFiles('input', stage.pathOf(file))
  const job = { to: server.url, chunk }
  const send = (way: UploadWay) => () => page.evaluate((one) => globalThis.bench.upload(one), { ...job, way })
  const ways = [...new Set(Object.entries(targets).flatMap(([way, [other]]) => [way as UploadWay, other]))]
  // The engine is started, and the system has the file in its cache, before anything is measured.
  if (bytesPerSecond === Infinity) for (const way of ways) await send(way)()
  const contenders = Object.fromEntries(ways.map((way) => [way, send(way)])) as Record<UploadWay, () => Promise<number>>
  const times = await takeTurns(rounds, contenders)
  const { longestTask } = await page.evaluate((one) => globalThis.bench.watchMainThread(globalThis.bench.upload(one)), {
    ...job,
    way: 'session, tus',
  } as const)
  await close()
  await server.stop()
  const pace = (way: UploadWay): number[] => speeds(file.size, times[way])
  const rows = ways.map((way): Row => {
    const [other, atLeast] = targets[way] ?? []
    const row = { what: way, value: median(pace(way)), unit: 'MiB/s', all: pace(way) }
    if (!other) return row
    const of = ratio(pace(way), pace(other))
    return { ...row, beside: `${format(of)} × ${other}`, ...(atLeast !== undefined && { target: { atLeast, of } }) }
  })
  return { rows, felt: longestTask }
}

/** What an upload costs in memory, over all processes of the browser: it must not grow with the file. */
export async function uploadMemory(stage: Stage, files: readonly Made[], rounds: number): Promise<Row[]> {
  const rows: Row[] = []
  const ways = ['session, plain', 'session, tus, 4 at once', 'session, S3'] as const
  for (const file of files)
    for (const way of ways) {
      const peaks: number[] = []
      while (peaks.length < rounds) peaks.push(await peakOf(stage, file, way))
      const what = `peak memory of the browser’s processes over idle, upload of ${file.size / MiB} MiB: ${way}`
      rows.push({ what, value: median(peaks), unit: 'MiB', all: peaks, target: { atMost: 64 } })
    }
  return rows
}

async function peakOf(stage: Stage, file: Made, way: UploadWay): Promise<number> {
  const server = await startUploadServer()
  const { page, pid, close } = await openBrowser(stage)
  await page.setInputFiles('input', stage.pathOf(file))
  const idle = await idleMemory(pid)
  const done = page.evaluate((one) => globalThis.bench.upload(one), { to: server.url, chunk: 16 * MiB, way })
  const peak = idle === null ? NaN : await peakOver(idle, pid, done)
  await done
  await close()
  await server.stop()
  return peak
}
