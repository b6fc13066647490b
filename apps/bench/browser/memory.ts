/** What a download costs in memory, over all processes of the browser: it must not grow with the file. */
import { idleMemory, peakOver } from '../support/processes.ts'
import { median, type Row } from '../support/report.ts'
import type { Made, Stage } from '../support/stage.ts'
import { openBrowser } from './open.ts'

export async function browserMemory(stage: Stage, files: readonly Made[], rounds: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const file of files) {
    const peaks: number[] = []
    while (peaks.length < rounds) peaks.push(await peakOf(stage, file))
    const what = `peak memory of the browser’s processes over idle, ${file.size / 2 ** 20} MiB`
    rows.push({ what, value: median(peaks), unit: 'MiB', all: peaks, target: { atMost: 64 } })
  }
  return rows
}

async function peakOf(stage: Stage, file: Made): Promise<number> {
  const { page, pid, close } = await openBrowser(stage)
  const idle = await idleMemory(pid)
  const done = page.evaluate(([url, size]) => globalThis.bench.download(url, size), [
    stage.urlOf(file),
    file.size,
  ] as const)
  const peak = idle === null ? NaN : await peakOver(idle, pid, done)
  await done
  await close()
  return peak
}
