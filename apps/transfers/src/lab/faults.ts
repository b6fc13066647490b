/** What each switch of the fault panel does to the origin, through its `/__control`, and how that is put in a sentence. */
import type { BehaviourPatch, RemoteOrigin } from '@urlsession/testing'
import { speed } from '../words.ts'
import { samples } from './samples.ts'

export type Fault = 'stall' | 'release' | 'change' | 'drop' | 'speed' | 'refuse' | 'restart'

interface Choice {
  /** The files it happens to. */
  readonly names: readonly string[]
  /** Bytes a second; null for no limit, undefined for what each file had in the beginning. */
  readonly speed: number | null | undefined
  readonly seconds: number
}

const MB = 1_000_000

export const speeds: readonly (readonly [label: string, bytesPerSecond: number | null | undefined])[] = [
  ['as in the beginning', undefined],
  ['no limit', null],
  ['50 MB/s', 50 * MB],
  ['5 MB/s', 5 * MB],
  ['500 kB/s', MB / 2],
]

/** Bytes of an answer before it falls silent. */
const firstWords = 2 * MB

export const faults: Readonly<Record<Fault, (origin: RemoteOrigin, choice: Choice) => Promise<string>>> = {
  async stall(origin, { names }) {
    await behave(origin, names, () => ({ stallAfter: firstWords }))
    // Answers under way keep to what they began with: they are ended, and the next ones fall silent.
    await origin.dropAllConnections()
    return 'Every answer now falls silent after 2 MB, its connection open.'
  },

  async release(origin, { names }) {
    await behave(origin, names, (name) => ({ stallAfter: standing(name).stallAfter ?? null }))
    for (const name of names) await origin.command({ do: 'releaseStalls', name })
    return 'Silent answers go on, and new ones are as in the beginning.'
  },

  async change(origin, { names }) {
    for (const name of names) await origin.command({ do: 'change', name })
    return names.length === 1
      ? `${names[0]} is another file now, with another ETag. What was begun cannot be gone on with; drop its connection to see.`
      : 'All files are other files now. Drop the connections to see who notices.'
  },

  async drop(origin) {
    await origin.dropAllConnections()
    return 'Every connection was cut.'
  },

  async speed(origin, { names, speed: limit }) {
    await behave(origin, names, (name) => ({
      bytesPerSecond: limit === undefined ? (standing(name).bytesPerSecond ?? null) : limit,
    }))
    await origin.dropAllConnections()
    const now = limit === undefined ? 'as in the beginning' : limit === null ? 'without limit' : `${speed(limit)} each`
    return `The speed is ${now}. Connections were cut so that it holds at once.`
  },

  // The refusal alone would spare what is under way, and nobody would see a difference.
  async refuse(origin, { seconds }) {
    await origin.restart(seconds * 1000)
    return `For ${seconds} seconds the server is gone: what it sent is cut off, and new connections are refused.`
  },

  async restart(origin) {
    await origin.restart()
    return 'The server died and was up again at once.'
  },
}

async function behave(
  origin: RemoteOrigin,
  names: readonly string[],
  patch: (name: string) => BehaviourPatch,
): Promise<void> {
  for (const name of names) await origin.command({ do: 'behave', name, patch: patch(name) })
}

const standing = (name: string): (typeof samples)[number]['behaviour'] =>
  samples.find((sample) => sample.name === name)?.behaviour ?? {}
