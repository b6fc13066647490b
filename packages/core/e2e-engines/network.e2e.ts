/** Connections that break, as each engine tells of it: whatever it says or leaves unsaid, the file is whole and only the rest is asked for again. */
import { startOrigin, type FileOptions } from '../../testing/src/origin/index.ts'
import { begin, finish } from './support/life.ts'
import { expect, test } from './support/stage.ts'

const size = 5_000_000

/** Slow enough that WebKit has handed the bytes over before it tells of the break: what nobody has read by then, it throws away. */
const slowly = { bytesPerSecond: 500_000 }
const goesOn = /^bytes=\d{5,6}-$/

interface Row {
  readonly name: string
  /** What becomes of the first answer. */
  readonly first: FileOptions
  /** The file's own origin is another one than the page's. */
  readonly elsewhere?: FileOptions
  /** What the second request asks for. */
  readonly again: RegExp
}

const rows: readonly Row[] = [
  { name: 'a connection that is reset', first: { resetAfter: 900_000, ...slowly }, again: goesOn },
  { name: 'a body that is too short', first: { cutAfter: 900_000, ...slowly }, again: goesOn },
  { name: 'a body that is compressed', first: { encoding: 'gzip', encodingCut: 1000 }, again: /^bytes=0-$/ },
  {
    name: 'another origin, which hides its headers',
    first: { resetAfter: 900_000, ...slowly },
    elsewhere: { cors: 'simple' },
    again: goesOn,
  },
  {
    name: 'another origin, which exposes its headers',
    first: { resetAfter: 900_000, ...slowly },
    elsewhere: { cors: 'exposed' },
    again: goesOn,
  },
]

for (const { name, first, elsewhere, again } of rows)
  test(name, async ({ here, launch, open, note }) => {
    const there = elsewhere ? await startOrigin() : null
    try {
      const origin = there ?? here
      const file = origin.file('broken.bin', { size, seed: 47, ...elsewhere })
      const { hex } = await file.sha256()
      file.nextResponses([first])
      const { tab } = await launch()
      await open(tab)
      await begin(tab, file)
      const { warnings, ...got } = await finish(tab, here)
      const requests = origin.journal.entries.filter((entry) => entry.file === file.name)
      note(
        `${name}: ${requests.map((one) => (one.preflight ? 'preflight' : (one.range ?? 'all'))).join(', ')}; ${warnings.map(({ code }) => code).join(', ')}`,
      )
      expect(got).toEqual({ size, sha256: hex, digest: null })
      expect(requests.map(({ preflight }) => preflight)).toEqual([false, false])
      expect(requests.map(({ range }) => range)).toEqual([null, expect.stringMatching(again)])
    } finally {
      await there?.stop()
    }
  })
