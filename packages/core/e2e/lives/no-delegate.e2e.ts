/** A background session without a delegate, whose tasks nobody asked for: what is made in this life is told in this life. */
import { finish } from '../support/life.ts'
import { expect, test } from '../support/stage.ts'

test('a background task settles without delegate and without tasks()', async ({ page, stage }) => {
  const { here, open } = await stage()
  const file = here.file('plain.bin', { size: 100_000 })
  await open()
  await page.evaluate((url) => {
    const { URLSession, SessionConfiguration } = globalThis.urlsession
    globalThis.session = new URLSession(SessionConfiguration.background('no-delegate'))
    globalThis.task = globalThis.session.downloadTask(url).resume()
  }, file.url)
  await page.waitForFunction(() => globalThis.task.state === 'completed', null, { timeout: 10_000 })
  expect((await finish(page, here)).size).toBe(file.size)
})
