/** What a download costs in memory, over all processes of the browser: it must not grow with the file. */
import { idleMemory, peakOver } from '../support/processes.ts'
import type { Row } from '../support/report.ts'
import type { Made, Stage } from '../support/stage.ts'
import { openBrowser } from './open.ts'

export async function browserMemory(stage: Stage, files: readonly Made[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const file of files) {
    const { page, pid, close } = await openBrowser(stage)
    const idle = await idleMemory(pid)
    const done = page.evaluate(([url, size]) => globalThis.bench.download(url, size), [
      stage.urlOf(file),
      file.size,
    ] as const)
    const value = idle === null ? NaN : await peakOver(idle, pid, done)
    await done
    await close()
    const what = `peak memory of the browser’s processes over idle, ${file.size / 2 ** 20} MiB`
    rows.push({ what, value, unit: 'MiB', target: { atMost: 100 } })
  }
  return rows
}
