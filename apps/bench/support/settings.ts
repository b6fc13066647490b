/** What one run of the bench measures and how often: the command line, read once. */
import { parseArgs } from 'node:util'

export interface Settings {
  /** Bytes of the file that throughput is measured with. */
  readonly size: number
  /** Bytes of the large file, for memory. */
  readonly large: number
  /** Rounds; what is shown is the median. */
  readonly rounds: number
  /** Parts of the bench to run. */
  readonly only: readonly Part[]
  /** A remark for the head of the results: a machine that was busy, say. */
  readonly note: string
  readonly out: string
}

const parts = ['browser', 'memory', 'page', 'requests', 'uploads', 'sockets', 'node', 'sizes'] as const
export type Part = (typeof parts)[number]

export const usage = `pnpm bench [--size 1G] [--large 4G] [--rounds 5] [--only ${parts.join(',')}] [--note text] [--out file]`

export function readSettings(args: string[], out: string): Settings {
  const { values } = parseArgs({
    args,
    options: {
      size: { type: 'string', default: '1G' },
      large: { type: 'string', default: '4G' },
      rounds: { type: 'string', default: '5' },
      only: { type: 'string', default: parts.join(',') },
      note: { type: 'string', default: '' },
      out: { type: 'string', default: out },
    },
  })
  const only = values.only.split(',').map((name) => parts.find((part) => part === name) ?? fail(`no part '${name}'`))
  return {
    size: bytesOf(values.size),
    large: bytesOf(values.large),
    rounds: Number(values.rounds) || fail('--rounds'),
    only,
    note: values.note,
    out: values.out,
  }
}

/** `64M` → bytes. */
function bytesOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d+)([MG])$/.exec(text) ?? fail(`'${text}' is no size such as 64M or 1G`)
  return Number(number) * (unit === 'G' ? 1 << 30 : 1 << 20)
}

function fail(why: string): never {
  throw new Error(`${why}\n${usage}`)
}
