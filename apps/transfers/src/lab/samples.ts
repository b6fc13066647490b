/** The ready-made files: what they are called, how their origin behaves, and what there is to see. Plain data, read by page and server. */
import type { Behaviour } from '@urlsession/testing'

export interface Sample {
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** What happens, for the person about to press the button. */
  readonly about: string
  /** How every answer is given. */
  readonly behaviour: Behaviour
  /** Faults that depend on what was asked before; see server/sample-files.ts. */
  readonly script?: 'changes midway' | 'busy at first'
  /** The download is given the digest of what the file ought to be. */
  readonly integrity?: boolean
}

const MB = 1_000_000

export const samples: readonly Sample[] = [
  {
    name: 'model.safetensors',
    size: 400 * MB,
    about: 'Twenty seconds: time to pause it, reload the page, kill the worker.',
    behaviour: { bytesPerSecond: 20 * MB },
  },
  {
    name: 'dataset.tar',
    size: 4_000 * MB,
    about: 'Four gigabytes, as fast as this machine can write them; the page holds none of it.',
    behaviour: { contentType: 'application/x-tar' },
  },
  {
    name: 'drops.iso',
    size: 200 * MB,
    about: 'The connection breaks after every 40 MB.',
    behaviour: { bytesPerSecond: 20 * MB, resetAfter: 40 * MB },
  },
  {
    name: 'stalls.img',
    size: 100 * MB,
    about: 'Falls silent after every 40 MB. After 15 seconds the session asks anew.',
    behaviour: { bytesPerSecond: 20 * MB, stallAfter: 40 * MB },
  },
  {
    name: 'changes.csv',
    size: 120 * MB,
    about: 'Breaks at 40 MB, and is another file by the time the rest is asked for.',
    behaviour: { contentType: 'text/csv', bytesPerSecond: 20 * MB },
    script: 'changes midway',
  },
  {
    name: 'no-ranges.zip',
    size: 120 * MB,
    about: 'From a server that cannot continue: after a break it starts over.',
    behaviour: { contentType: 'application/zip', bytesPerSecond: 15 * MB, ranges: 'ignored' },
  },
  {
    name: 'busy.pkg',
    size: 80 * MB,
    about: 'Answers 503 with Retry-After twice, before it answers at all.',
    behaviour: { bytesPerSecond: 20 * MB },
    script: 'busy at first',
  },
  {
    name: 'sealed.tar',
    size: 150 * MB,
    about: 'Its SHA-256 is known beforehand and checked while bytes arrive.',
    behaviour: { contentType: 'application/x-tar' },
    integrity: true,
  },
  {
    name: 'tampered.tar',
    size: 60 * MB,
    about: 'One byte was flipped on the way. The same check must refuse it.',
    behaviour: { contentType: 'application/x-tar', corruptAt: 31_415_926 },
    integrity: true,
  },
]
