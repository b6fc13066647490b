/** How fast a download reaches the disk, beside the same bytes by other ways. */
import { join } from 'node:path'
import type { Job } from '../page/worker.ts'
import { curl } from '../support/curl.ts'
import { format, median, ratio, type Row } from '../support/report.ts'
import { speeds, takeTurns } from '../support/rounds.ts'
import type { Made, Stage } from '../support/stage.ts'
import { openBrowser } from './open.ts'

export async function browserThroughput(stage: Stage, file: Made, rounds: number): Promise<Row[]> {
  const { page, close } = await openBrowser(stage)
  const url = stage.urlOf(file)
  const target = join(stage.scratch, 'by-curl')
  const download = (integrity?: string) => () =>
    page.evaluate(([from, wanted]) => globalThis.bench.download(from, wanted), [url, integrity] as const)
  const plainly = (what: Job['do']) => () =>
    page.evaluate((job) => globalThis.bench.plainly(job), { do: what, url, size: file.size })
  const times = await takeTurns(rounds, {
    ours: download(),
    checked: download(file.integrity),
    discard: plainly('discard'),
    byHand: plainly('by hand'),
    flushed: plainly('by hand, flushed'),
    hash: plainly('hash'),
    curl: () => curl(url, target),
    curlFlushed: () => curl(url, target, true),
  })
  await close()
  return rowsOf(file.size, times)
}

type Name = 'ours' | 'checked' | 'discard' | 'byHand' | 'flushed' | 'hash' | 'curl' | 'curlFlushed'

function rowsOf(size: number, times: Record<Name, number[]>): Row[] {
  const fast = Object.fromEntries(
    Object.entries(times).map(([name, each]) => [name, speeds(size, each)]),
  ) as typeof times
  const row = (what: string, name: Name, more: Partial<Row> = {}): Row => ({
    what,
    value: median(fast[name]),
    unit: 'MiB/s',
    ...more,
  })
  const against = (what: string, of: 'ours' | 'checked', name: Name, atLeast?: number): Row => {
    const times_ = ratio(fast[of], fast[name])
    return row(what, name, {
      beside: `${of === 'ours' ? 'urlsession' : 'urlsession with integrity'} is ${format(times_)} ×`,
      ...(atLeast === undefined ? {} : { target: { atLeast, of: times_ } }),
    })
  }
  return [
    row('**urlsession**, download to disk', 'ours'),
    against('worker, default reader, discard', 'ours', 'discard', 1),
    against('worker by hand: own buffer of 1 MiB → one sync handle', 'ours', 'byHand', 0.9),
    against('the same, flushed at the end', 'ours', 'flushed', 0.9),
    against('`curl -o`', 'ours', 'curl'),
    against('`curl -o`, flushed at the end', 'ours', 'curlFlushed'),
    row('**urlsession with integrity** (SHA-256)', 'checked'),
    against('worker, the hash alone', 'checked', 'hash', 0.8),
  ]
}
