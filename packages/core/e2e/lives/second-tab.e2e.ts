/** One tab at a time has a background session; when it goes, another may have it. */
import { begin, failure, find, finish, received } from '../support/life.ts'
import { expect, test } from '../support/stage.ts'

test('a second tab is refused until the first one is closed', async ({ context, page, stage }) => {
  const { here, open } = await stage()
  const file = here.file('tabs.bin', { size: 3_000_000, seed: 12 })
  file.nextResponses([{ stallAfter: 1_000_000 }])
  await open()
  await begin(page, file, { identifier: 'tabs', key: 'first' })
  await received(page, 1_000_000)

  const second = await context.newPage()
  await open(second)
  await expect(find(second, 'tabs')).rejects.toThrow('backgroundSessionInUseByAnotherProcess')
  const other = here.file('other.bin', { size: 1000 })
  await second.evaluate((url) => {
    globalThis.task = globalThis.session.downloadTask(url).resume()
  }, other.url)
  expect(await failure(second)).toMatchObject({ code: 'backgroundSessionInUseByAnotherProcess' })
  expect(here.journal.forFile(other.name)).toEqual([])
  expect(await page.evaluate(() => globalThis.task.state)).toBe('running')

  await page.close()
  expect(await find(second, 'tabs')).toMatchObject([{ key: 'first', state: 'running' }])
  const { hex } = await file.sha256()
  expect(await finish(second, here)).toMatchObject({ size: file.size, sha256: hex })
})

test('the refused session itself works once the first tab is closed', async ({ context, page, stage }) => {
  const { here, open } = await stage()
  const file = here.file('handed-over.bin', { size: 3_000_000, seed: 13 })
  file.nextResponses([{ stallAfter: 1_000_000 }])
  await open()
  await begin(page, file, { identifier: 'handed-over', key: 'first' })
  await received(page, 1_000_000)
  const second = await context.newPage()
  await open(second)
  await expect(find(second, 'handed-over')).rejects.toThrow('backgroundSessionInUseByAnotherProcess')

  await page.close()
  await second.evaluate(async () => {
    const [task] = await globalThis.session.tasks('download')
    if (task) globalThis.task = task
  })
  const { hex } = await file.sha256()
  expect(await finish(second, here)).toMatchObject({ size: file.size, sha256: hex })
})
