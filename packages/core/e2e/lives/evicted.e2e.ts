/** The browser threw the bytes away between two lives: the download says so and begins again. */
import { begin, find, finish, received } from '../support/life.ts'
import { expect, test } from '../support/stage.ts'

// Or the browser's cache would still have them, and ask only for the rest.
const uncached = { 'Cache-Control': 'no-store' }

test('stored bytes that are gone are loaded again', async ({ page, stage }) => {
  const { here, open } = await stage()
  const file = here.file('evicted.bin', { size: 5_000_000, seed: 18, headers: uncached })
  file.nextResponses([{ stallAfter: 1_000_000 }])
  await open()
  await begin(page, file, { identifier: 'evicted' })
  await received(page, 1_000_000)
  await page.evaluate(() => globalThis.session.flush())

  await open()
  await page.evaluate(removeFiles)
  expect(await find(page, 'evicted')).toMatchObject([{ state: 'running' }])
  const { hex } = await file.sha256()
  const { warnings, ...got } = await finish(page, here)
  expect(got).toEqual({ size: file.size, sha256: hex })
  expect(warnings.map(({ code }) => code)).toEqual(['evicted'])
  expect(here.journal.forFile(file.name).map(({ range }) => range)).toEqual([null, null])
})

async function removeFiles(): Promise<void> {
  const root = await navigator.storage.getDirectory()
  await root.removeEntry('urlsession', { recursive: true })
}
