/** How fast a file leaves the browser, beside a bare request and the tus client that people use, and what the page feels of it. */
import type { UploadWay } from '../page/uploads.ts'
import { format, median, ratio, type Row } from '../support/report.ts'
import { speeds, takeTurns } from '../support/rounds.ts'
import type { Made, Stage } from '../support/stage.ts'
import { startUploadServer } from '../support/upload-server.ts'
import { openBrowser } from './open.ts'

const WAYS: readonly UploadWay[] = ['session, plain', 'bare XHR', 'session, tus', 'tus-js-client']
/** Ours → what it is to be compared with, and the least that it may be of it. */
const TARGETS: { readonly [way: string]: readonly [UploadWay, number] } = {
  'session, plain': ['bare XHR', 0.95],
  'session, tus': ['tus-js-client', 1],
}

export async function browserUploads(stage: Stage, file: Made, rounds: number): Promise<Row[]> {
  const server = await startUploadServer()
  const { page, close } = await openBrowser(stage)
  const job = { to: server.url, from: stage.urlOf(file) }
  const send = (way: UploadWay) => () => page.evaluate((one) => globalThis.bench.upload(one), { ...job, way })
  // The file is loaded, and the engine started, before anything is measured.
  for (const way of WAYS) await send(way)()
  const contenders = Object.fromEntries(WAYS.map((way) => [way, send(way)])) as Record<UploadWay, () => Promise<number>>
  const times = await takeTurns(rounds, contenders)
  const felt = await page.evaluate((one) => globalThis.bench.watchMainThread(globalThis.bench.upload(one)), {
    ...job,
    way: 'session, tus',
  } as const)
  await close()
  await server.stop()
  const pace = (way: UploadWay): number[] => speeds(file.size, times[way])
  const rows = WAYS.map((way): Row => {
    const target = TARGETS[way]
    const of = target ? ratio(pace(way), pace(target[0])) : null
    return {
      what: way,
      value: median(pace(way)),
      unit: 'MiB/s',
      all: pace(way),
      ...(target && of !== null ? { beside: `${format(of)} × ${target[0]}`, target: { atLeast: target[1], of } } : {}),
    }
  })
  const what = 'longest task on the main thread during an upload (0: none of 50 ms or more)'
  return [...rows, { what, value: felt.longestTask, unit: 'ms', target: { atMost: 50 } }]
}
