/** What a download lives through while the browser stays: a reload, a second tab, the death of its worker; and that its digest is checked. */
import { begin, find, finish, received, refusal } from './support/life.ts'
import { expect, test } from './support/stage.ts'

const size = 5_000_000
/** Before a reader has seen so much that it waits for good pieces: every byte that was sent is in the file. */
const part = { stallAfter: 1_000_000 }
const rest = [null, 'bytes=1000000-']

test('integrity is checked', async ({ here, launch, open }) => {
  const file = here.file('checked.bin', { size, seed: 43 })
  const { hex, sri } = await file.sha256()
  const { tab } = await launch()
  await open(tab)
  await begin(tab, file, { integrity: sri })
  expect(await finish(tab, here)).toEqual({ size, sha256: hex, digest: sri, warnings: [] })
  const other = here.file('damaged.bin', { size, seed: 43, corruptAt: size - 1 })
  await begin(tab, other, { integrity: sri })
  expect(await refusal(tab)).toEqual({ task: 'fileIntegrityMismatch', tasks: null })
})

test('a download goes on after a reload, its digest with it', async ({ here, launch, open }) => {
  const file = here.file('reloaded.bin', { size, seed: 44 })
  const { hex, sri } = await file.sha256()
  file.nextResponses([part])
  const { tab } = await launch()
  await open(tab)
  await begin(tab, file, { identifier: 'reload', key: 'model', integrity: sri })
  const identifier = await received(tab, part.stallAfter)
  await tab.evaluate(() => globalThis.session.flush())

  await open(tab)
  expect(await find(tab, 'reload')).toEqual([{ identifier, key: 'model', state: 'running', received: part.stallAfter }])
  expect(await finish(tab, here)).toEqual({ size, sha256: hex, digest: sri, warnings: [] })
  expect(here.journal.forFile(file.name).map(({ range }) => range)).toEqual(rest)
})

test('a second tab is refused until the first one is closed', async ({ here, launch, open, note }) => {
  const file = here.file('tabs.bin', { size, seed: 45 })
  const other = here.file('other.bin', { size: 1000 })
  const { hex } = await file.sha256()
  file.nextResponses([part])
  const browser = await launch()
  // The first tab of a window may not close itself; this one may.
  const first = await browser.newTab()
  await open(first)
  await begin(first, file, { identifier: 'tabs', key: 'model' })
  await received(first, part.stallAfter)

  const second = await browser.newTab()
  await open(second)
  const begun = performance.now()
  await begin(second, other, { identifier: 'tabs' })
  const inUse = 'backgroundSessionInUseByAnotherProcess'
  expect(await refusal(second)).toEqual({ task: inUse, tasks: inUse })
  note(`a second tab was refused after ${Math.round(performance.now() - begun)} ms`)
  expect(here.journal.forFile(other.name)).toEqual([])
  expect(await first.evaluate(() => globalThis.task.state)).toBe('running')

  await first.close()
  expect(await find(second, 'tabs')).toMatchObject([{ key: 'model', state: 'running' }])
  expect(await finish(second, here)).toMatchObject({ size, sha256: hex })
})

for (const kind of ['default', 'background'])
  test(`a worker that is killed, ${kind} session`, async ({ here, launch, open, note }) => {
    const file = here.file('orphan.bin', { size, seed: 46 })
    const { hex } = await file.sha256()
    file.nextResponses([part])
    const { tab } = await launch()
    await open(tab, 'worker')
    await begin(tab, file, kind === 'background' ? { identifier: 'orphan' } : {})
    await received(tab, part.stallAfter)
    const next = here.nextRequest({ file: file.name })
    await tab.evaluate(async () => {
      await globalThis.session.flush()
      globalThis.workers[0]?.terminate()
    })
    const killed = performance.now()
    await next
    note(`${kind} session: asked again ${Math.round(performance.now() - killed)} ms after its worker was killed`)
    expect(await finish(tab, here)).toEqual({ size, sha256: hex, digest: null, warnings: [] })
    expect(here.journal.forFile(file.name).map(({ range }) => range)).toEqual(rest)
    expect(await tab.evaluate(() => globalThis.workers.length)).toBe(2)
  })
