/** What was measured, as rows with targets, and as the Markdown table that is printed and kept. */

export interface Row {
  readonly what: string
  readonly value: number
  readonly unit: string
  /** All that was measured; the least and the most are shown. */
  readonly all?: readonly number[]
  /** How it stands to something else of the same run. */
  readonly beside?: string
  readonly target?: Target
}

export interface Target {
  readonly atMost?: number
  readonly atLeast?: number
  /** What is held against it; default the row's value. */
  readonly of?: number
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}

/** The median of the ratios of each round: what slows a whole round down slows both. */
export function ratio(values: readonly number[], others: readonly number[]): number {
  return median(values.map((value, round) => value / (others[round] ?? NaN)))
}

export function tableOf(title: string, rows: readonly Row[]): string {
  const lines = rows.map(({ what, value, unit, all = [], beside = '', target }) => {
    const shown = `${format(value)} ${unit}`.trim()
    const spread = all.length > 1 ? `${format(Math.min(...all))} … ${format(Math.max(...all))}` : ''
    return `| ${what} | ${shown} | ${spread} | ${beside} | ${target ? wordsOf(target) : ''} | ${target ? verdict(value, target) : ''} |`
  })
  return [
    `## ${title}`,
    '',
    '| | median | from … to | ratio | target | met |',
    '| --- | ---: | --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n')
}

export function format(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Number.isInteger(value)) return String(value)
  if (Math.abs(value) >= 100) return value.toFixed(0)
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}

function wordsOf({ atMost, atLeast }: Target): string {
  return atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`
}

function verdict(value: number, { atMost = Infinity, atLeast = -Infinity, of = value }: Target): string {
  if (!Number.isFinite(of)) return 'not measured'
  return of <= atMost && of >= atLeast ? 'yes' : '**no**'
}
