/** In a private window Chromium takes no more bytes than the quota allows, and does not say so: it must be noticed. */
import { begin, failure } from '../support/life.ts'
import { expect, test } from '../support/stage.ts'

const mebi = 1 << 20

test('a quota that is used up in a private window', async ({ page, stage }) => {
  const { here, open } = await stage()
  const file = here.file('quota.bin', { size: 32 * mebi, seed: 17 })
  await open()
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Storage.overrideQuotaForOrigin', { origin: here.url, quotaSize: 16 * mebi })
  await begin(page, file)
  expect(await failure(page)).toMatchObject({ code: 'noSpaceLeft' })
})
