/** What the page feels: its main thread meanwhile, the way back after a reload, and what a session costs that does nothing. */
import { slowPace } from '../support/server.ts'
import { format, median, type Row } from '../support/report.ts'
import type { Made, Stage } from '../support/stage.ts'
import { openBrowser } from './open.ts'

export async function browserPage(stage: Stage, file: Made, rounds: number): Promise<Row[]> {
  const rows: Row[][] = [await mainThread(stage, file, rounds), await reload(stage, file, rounds), await idle(stage)]
  return rows.flat()
}

async function mainThread(stage: Stage, file: Made, rounds: number): Promise<Row[]> {
  const { page, close } = await openBrowser(stage)
  const busy: { longestTask: number; longestGap: number }[] = []
  const still: typeof busy = []
  for (let round = 0; round < rounds; round++) {
    const { elapsed, ...felt } = await page.evaluate(
      async ([url, size]) => {
        const work = globalThis.bench.download(url, size)
        return { ...(await globalThis.bench.watchMainThread(work)), elapsed: await work }
      },
      [stage.urlOf(file), file.size] as const,
    )
    busy.push(felt)
    still.push(
      await page.evaluate(
        (time) => globalThis.bench.watchMainThread(new Promise((resolve) => setTimeout(resolve, time))),
        elapsed,
      ),
    )
  }
  await close()
  const gaps = (of: typeof busy): number => median(of.map(({ longestGap }) => longestGap))
  return [
    {
      what: 'longest task on the main thread during a download (0: none of 50 ms or more)',
      value: Math.max(...busy.map(({ longestTask }) => longestTask)),
      unit: 'ms',
      target: { atMost: 50 },
    },
    {
      what: 'longest time between two animation frames meanwhile',
      value: gaps(busy),
      unit: 'ms',
      beside: `idle page: ${format(gaps(still))} ms`,
      target: { atMost: 50 },
    },
  ]
}

async function reload(stage: Stage, file: Made, rounds: number): Promise<Row[]> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const { page, close } = await openBrowser(stage)
    await page.evaluate((url) => globalThis.bench.leave(url), `${stage.server.url}/slow/${file.name}`)
    await page.goto(`${stage.server.url}/?take-up`)
    await page.waitForFunction(() => 'bench' in globalThis)
    times.push((await page.evaluate(() => globalThis.bench.takenUp)) ?? NaN)
    await close()
  }
  const what = `from a reload to the first new byte (server at ${slowPace / 2 ** 20} MiB/s)`
  return [{ what, value: median(times), unit: 'ms', all: times, target: { atMost: 1000 } }]
}

async function idle(stage: Stage): Promise<Row[]> {
  const { page, close } = await openBrowser(stage)
  const { first, usual } = await page.evaluate(() => globalThis.bench.construct(200))
  const workers = page.workers().length
  await close()
  return [
    { what: 'making a session that does nothing, the first', value: first, unit: 'ms', target: { atMost: 5 } },
    { what: 'making a session that does nothing, one of 200', value: usual, unit: 'ms', target: { atMost: 1 } },
    { what: 'workers that 200 such sessions have', value: workers, unit: '', target: { atMost: 0 } },
  ]
}
