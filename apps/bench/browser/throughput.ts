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
    page.evaluate(([from, size, wanted]) => globalThis.bench.download(from, size, wanted), [
      url,
      file.size,
      integrity,
    ] as const)
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
  const row = (what: string, name: Name, more: Partial<Row> = {}): Row => {
    return { what, value: median(fast[name]), unit: 'MiB/s', all: fast[name], ...more }
  }
  const against = (what: string, name: Name, atLeast?: number): Row => {
    const of = ratio(fast.ours, fast[name])
    const target = atLeast === undefined ? {} : { target: { atLeast, of } }
    return row(what, name, { beside: `urlsession is ${format(of)} ×`, ...target })
  }
  const hash = ratio(fast.checked, fast.hash)
  const inTurn = ratio(
    times.ours.map((each, round) => each + (times.hash[round] ?? NaN)),
    times.checked,
  )
  return [
    row('**urlsession**, download to disk', 'ours'),
    against('worker, default reader, discard', 'discard', 0.8),
    against('worker by hand: own buffer of 1 MiB → one sync handle', 'byHand', 0.9),
    against('the same, flushed at the end', 'flushed', 0.9),
    against('`curl -o`', 'curl'),
    against('`curl -o`, flushed at the end', 'curlFlushed'),
    row('**urlsession with integrity** (SHA-256)', 'checked'),
    row('worker, the hash alone', 'hash', {
      beside: `urlsession with integrity is ${format(hash)} ×, and ${format(inTurn)} × as fast as download and hash in turn`,
      target: { atLeast: 0.85, of: hash },
    }),
  ]
}
