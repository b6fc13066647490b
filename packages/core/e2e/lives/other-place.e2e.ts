/** A page that gets a worker one time and none the next: its engines have different stores, and the bytes stay in theirs. */
import type { Page } from 'playwright/test'
import { begin, find, finish, received } from '../support/life.ts'
import { expect, test } from '../support/stage.ts'

// Or the browser's cache would still have them, and ask only for the rest.
const uncached = { 'Cache-Control': 'no-store' }

/** From the next load on. */
async function place(page: Page, placement: 'inline' | 'worker'): Promise<void> {
  await page.addInitScript((wanted) => {
    globalThis.engine = { placement: wanted }
  }, placement)
}

for (const places of [
  ['inline', 'worker'],
  ['worker', 'inline', 'worker'],
] as const)
  test(`a download goes on after ${places.join(', then ')}`, async ({ page, stage }) => {
    const { here, open } = await stage()
    const file = here.file('elsewhere.bin', { size: 5_000_000, seed: 31, headers: uncached })
    file.nextResponses([{ stallAfter: 1_000_000 }])
    await place(page, places[0])
    await open()
    await begin(page, file, { identifier: 'elsewhere' })
    await received(page, 1_000_000)
    await page.evaluate(() => globalThis.session.flush())

    for (const next of places.slice(1)) {
      await place(page, next)
      await open()
      expect(await find(page, 'elsewhere')).toMatchObject([{ state: 'running', received: 1_000_000 }])
      if (next === 'inline') await warned(page)
    }
    const { hex } = await file.sha256()
    expect(await finish(page, here)).toEqual({ size: file.size, sha256: hex, warnings: [] })
    expect(here.journal.forFile(file.name).map(({ range }) => range)).toEqual([null, 'bytes=1000000-'])
  })

/** The task waits, and says why. */
async function warned(page: Page): Promise<void> {
  await page.waitForFunction(() => globalThis.task.warnings.some(({ code }) => code === 'storedElsewhere'))
  expect(await page.evaluate(() => globalThis.task.waitingFor)).toBe('slot')
}
