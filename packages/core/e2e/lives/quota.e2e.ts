/** No space left: said before the first byte where that can be known, else in the middle, and nothing is lost by it. */
import type { Page } from 'playwright/test'
import { begin, failure, finish, received } from '../support/life.ts'
import { test } from '../support/profile.ts'
import { expect } from '../support/stage.ts'

const mebi = 1 << 20

test('a file that is too large for the quota is not begun', async ({ profile, stage }) => {
  const { here, open } = await stage()
  const file = here.file('too-large.bin', { size: 64 * mebi, seed: 16 })
  // Without it Chromium tells every page of a quota of 10 GiB.
  const page = await profile.launch('--disable-features=StaticStorageQuota')
  await open(page)
  await limitSpace(page, here.url, 16 * mebi)
  await begin(page, file)
  expect(await failure(page)).toMatchObject({ code: 'noSpaceLeft', bytesTransferred: 0, kept: null })
})

test('a quota that is used up keeps what has arrived', async ({ profile, stage }) => {
  const { here, open } = await stage()
  const file = here.file('quota.bin', { size: 32 * mebi, seed: 17 })
  file.nextResponses([{ stallAfter: mebi }])
  const page = await profile.launch()
  await open(page)
  await begin(page, file)
  await received(page, mebi)
  await limitSpace(page, here.url, 16 * mebi)
  file.releaseStalls()
  const { code, kept } = await failure(page)
  expect(code).toBe('noSpaceLeft')
  expect(kept).toBeGreaterThanOrEqual(mebi)

  await limitSpace(page, here.url, null)
  const next = here.nextRequest({ file: file.name })
  await page.evaluate(() => {
    const { resumeData } = globalThis.task.error ?? {}
    if (resumeData) globalThis.task = globalThis.session.downloadTask(resumeData).resume()
  })
  expect((await next).range).toBe(`bytes=${kept}-`)
  const { hex } = await file.sha256()
  expect(await finish(page, here)).toMatchObject({ size: file.size, sha256: hex })
})

/** Null: as much as there is. */
async function limitSpace(page: Page, origin: string, bytes: number | null): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, ...(bytes === null ? {} : { quotaSize: bytes }) })
}
