/** Everything that servers do, by chance: behaviours of the origin, mixed. */
import type { SeededChance } from '../../../../testing/src/fakes/fixed-chance.ts'
import type { Behaviour } from '../../../../testing/src/origin/vocabulary.ts'

type Fault = (chance: SeededChance, size: number) => Behaviour

const somewhere = (chance: SeededChance, size: number): number => chance.between(0, Math.max(1, size))

/** Faults that leave a trace: a download must see them, or be right in spite of them. */
const visible: readonly Fault[] = [
  (chance, size) => ({ cutAfter: somewhere(chance, size) }),
  (chance, size) => ({ resetAfter: somewhere(chance, size) }),
  (chance, size) => ({ stallAfter: somewhere(chance, size) }),
  (chance) => ({ beforeHead: chance.pick(['reset', 'close', 'stall'] as const) }),
  (chance) => ({ status: chance.pick([408, 425, 429, 500, 502, 503, 504]) }),
  (chance) => ({ status: 503, retryAfter: chance.pick([0, 1, '2', 'soon', '-1']) }),
  (chance) => ({ status: 429, retryAfterDate: chance.pick([-1000, 0, 1000]) }),
  (chance) => ({ status: chance.pick([401, 403, 404, 410, 416]) }),
  (chance) => ({ malformed: chance.pick(['status-line', 'header', 'lengths', 'chunk'] as const) }),
  // The origin gives 64 KiB of such a body, and calls that the whole.
  (_chance, size) => (size > 65_536 ? {} : { malformed: 'compact-header' }),
  (chance) => ({ redirect: { hops: chance.between(1, 3), status: chance.pick([301, 302, 303, 307, 308]) } }),
  (chance) => ({ redirect: chance.pick([{ hops: 25 }, { to: 'ftp://elsewhere.test/' }]) }),
  () => ({ ranges: 'ignored' }),
  () => ({ ranges: 'if-range-ignored' }),
  () => ({ acceptRanges: false }),
  (chance, size) => ({ rangeLimit: Math.max(1, chance.between(Math.floor(size / 8), size)) }),
  (chance) => ({ partial: { startShift: chance.pick([-100, -1, 1, 100]) } }),
  (chance, size) => ({ partial: { total: chance.pick(['*' as const, size + 1, Math.max(1, size - 1), 1]) } }),
  () => ({ partial: { etag: '"another"' } }),
  () => ({ partial: { contentRange: false } }),
  () => ({ unsatisfiable: 'bare' }),
  (chance) => ({ etag: chance.pick(['weak', 'none'] as const), lastModified: chance.next() < 0.5 }),
  () => ({ framing: 'chunked' }),
  (chance) => ({ encoding: chance.pick(['gzip', 'br', 'deflate'] as const) }),
  (chance, size) => ({
    encoding: chance.pick(['gzip', 'br', 'deflate'] as const),
    // Cut to nothing it would be what servers send for an empty body.
    encodingCut: size < 1000 ? 0 : chance.pick([1, 8, 100]),
  }),
  (chance) => ({ headDelay: chance.between(1, 15) }),
  (chance) => ({
    disposition: chance.pick(['attachment; filename="../../x"', 'garbage;;;=', "attachment; filename*=UTF-8''%00"]),
  }),
]

/** Faults that leave none: only a digest tells. */
const invisible: readonly Fault[] = [
  (chance, size) => ({ corruptAt: chance.between(0, Math.max(0, size - 1)) }),
  (chance) => ({ partial: { bodyShift: chance.pick([1, 100]) } }),
  () => ({ framing: 'close' }),
]

/** One to three faults at once. */
export function badDay(chance: SeededChance, size: number, withDigest: boolean): Behaviour {
  const faults = withDigest ? [...visible, ...invisible] : visible
  const count = chance.pick([1, 1, 1, 2, 2, 3])
  return Object.assign({}, ...Array.from({ length: count }, () => chance.pick(faults)(chance, size))) as Behaviour
}

/** How the file behaves when nothing is wrong with it: slowly enough for things to happen meanwhile. */
export function habits(chance: SeededChance, size: number): Behaviour {
  return {
    ...(size < 1000 ? {} : { bytesPerSecond: Math.ceil(size / chance.pick([0.05, 0.15, 0.3])) }),
    ...(chance.next() < 0.2 ? { etag: chance.pick(['weak', 'none'] as const) } : {}),
    ...(chance.next() < 0.15 ? { lastModified: false } : {}),
    ...(chance.next() < 0.15 ? { framing: 'chunked' as const } : {}),
    ...(chance.next() < 0.05 ? { ranges: chance.pick(['ignored', 'if-range-ignored'] as const) } : {}),
    ...(chance.next() < 0.05 ? { acceptRanges: false } : {}),
  }
}
