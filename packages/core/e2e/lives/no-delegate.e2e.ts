/** A background session without a delegate, whose tasks nobody asked for: what is made in this life is told in this life. */
import { expect, test } from '../support/stage.ts'

test('a background task settles without delegate and without tasks()', async ({ page, stage }) => {
  // Everything is held back until `tasks()` is called.
  test.fail()
  const { here, open } = await stage()
  const file = here.file('plain.bin', { size: 100_000 })
  await open()
  const size = await page.evaluate(async (url) => {
    const { URLSession, SessionConfiguration } = globalThis.urlsession
    const session = new URLSession(SessionConfiguration.background('no-delegate'))
    const task = session.downloadTask(url).resume()
    const tooLong = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('nothing was told')), 10_000)
    })
    const { file: got } = await Promise.race([task.finished, tooLong])
    return got.size
  }, file.url)
  expect(size).toBe(file.size)
})
