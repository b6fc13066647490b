/** The same in Node: speed beside curl and a plain fetch, and memory. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { curl } from '../support/curl.ts'
import { idleMemory, peakOver } from '../support/processes.ts'
import { format, median, ratio, type Row } from '../support/report.ts'
import { speeds, takeTurns } from '../support/rounds.ts'
import type { Made, Stage } from '../support/stage.ts'

type What = 'download' | 'discard'

export async function nodeThroughput(stage: Stage, file: Made, rounds: number): Promise<Row[]> {
  const url = stage.urlOf(file)
  const times = await takeTurns(rounds, {
    ours: async () => (await run(stage, 'download', url)).elapsed,
    checked: async () => (await run(stage, 'download', url, { integrity: file.integrity })).elapsed,
    discard: async () => (await run(stage, 'discard', url)).elapsed,
    curl: () => curl(url, join(stage.scratch, 'by-curl')),
    curlFlushed: () => curl(url, join(stage.scratch, 'by-curl'), true),
  })
  const fast = (name: keyof typeof times): number[] => speeds(file.size, times[name])
  const plain = (what: string, name: keyof typeof times, beside: string): Row => ({
    what,
    value: median(fast(name)),
    unit: 'MiB/s',
    all: fast(name),
    beside,
  })
  const against = (what: string, name: keyof typeof times, atLeast?: number): Row => {
    const of = ratio(fast('ours'), fast(name))
    return { ...plain(what, name, `urlsession is ${format(of)} ×`), ...(atLeast ? { target: { atLeast, of } } : {}) }
  }
  return [
    plain('**urlsession**, download to disk', 'ours', ''),
    against('fetch, discard', 'discard', 0.9),
    against('`curl -o`', 'curl'),
    against('`curl -o`, flushed at the end', 'curlFlushed', 0.8),
    plain(
      '**urlsession with integrity** (SHA-256)',
      'checked',
      `${format(ratio(fast('checked'), fast('ours')))} × of without`,
    ),
  ]
}

export async function nodeMemory(stage: Stage, files: readonly Made[], rounds: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const file of files) {
    const peaks: number[] = []
    while (peaks.length < rounds) peaks.push((await run(stage, 'download', stage.urlOf(file), { watch: true })).peak)
    const what = `peak memory of the process over idle, ${file.size / 2 ** 20} MiB`
    rows.push({ what, value: median(peaks), unit: 'MiB', all: peaks, target: { atMost: 100 } })
  }
  return rows
}

interface RunOptions {
  readonly integrity?: string
  readonly watch?: boolean
}

async function run(
  { scratch }: Stage,
  what: What,
  url: string,
  { integrity, watch = false }: RunOptions = {},
): Promise<{ elapsed: number; peak: number }> {
  const folder = mkdtempSync(join(scratch, 'node-'))
  const words = [what, url, folder, ...(integrity === undefined ? [] : [integrity])]
  // Without the workspace's condition: what is measured is the built package.
  const child = fork(new URL('./child.ts', import.meta.url), words, { execArgv: [] })
  const closed = once(child, 'close')
  await once(child, 'message')
  const idle = watch ? await idleMemory(child.pid ?? 0) : null
  const outcome = once(child, 'message') as Promise<[{ elapsed: number }]>
  child.send('begin')
  const peak = idle === null ? NaN : await peakOver(idle, child.pid ?? 0, outcome)
  const [{ elapsed }] = await outcome
  await closed
  rmSync(folder, { recursive: true, force: true })
  return { elapsed, peak }
}
