/** Registers the ready-made files with an origin, and plays the faults that need a memory. */
import type { FileHandle, Origin, RequestFacts } from '../../../packages/testing/src/origin/index.ts'
import type { Behaviour } from '../../../packages/testing/src/origin/vocabulary.ts'
import { samples, type Sample } from '../src/lab/samples.ts'

const MB = 1_000_000

/** Gives `origin` every sample. Seeds are fixed: what was begun before a restart goes on after it. */
export function registerSamples(origin: Origin): void {
  samples.forEach((sample, index) => {
    const { name, size, behaviour, script } = sample
    const file = origin.file(name, {
      size,
      seed: 100 + index,
      disposition: `attachment; filename="${name}"`,
      ...behaviour,
    })
    if (script) file.decide(scripts[script](file))
  })
}

type Script = (file: FileHandle) => (request: RequestFacts) => Behaviour | null

const scripts: Readonly<Record<NonNullable<Sample['script']>, Script>> = {
  /** The first answer breaks; whoever comes back for the rest finds the next version, whole. */
  'changes midway': (file) => {
    let broken = false
    return ({ headers }) => {
      if (headers['range'] === undefined && !broken) {
        broken = true
        return { resetAfter: 40 * MB }
      }
      if (broken) file.change()
      broken = false
      return null
    }
  },

  /** Of three requests for the whole the third is answered. */
  'busy at first': () => {
    let arrivals = 0
    return ({ headers }) => {
      if (headers['range'] !== undefined) return null
      return arrivals++ % 3 === 2 ? null : { status: 503, retryAfter: 3, text: 'busy, come back later\n' }
    }
  },
}
