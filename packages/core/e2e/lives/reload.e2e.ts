/** A reload: the task is there again with all it was given, and asks the server only for what is missing. */
import { begin, find, finish, received } from '../support/life.ts'
import { expect, test } from '../support/stage.ts'

test('a download goes on after a reload', async ({ page, stage }) => {
  const { here, open } = await stage()
  const file = here.file('reloaded.bin', { size: 5_000_000, seed: 11 })
  file.nextResponses([{ stallAfter: 1_000_000 }])
  await open()
  const given = { key: 'model', metadata: { from: 'the first life' }, description: 'a model' }
  await begin(page, file, { identifier: 'reload', ...given })
  await received(page, 1_000_000)
  const identifier = await page.evaluate(async () => {
    await globalThis.session.flush()
    return globalThis.task.identifier
  })

  await open()
  expect(await find(page, 'reload')).toEqual([{ identifier, ...given, state: 'running', received: 1_000_000 }])
  const { hex } = await file.sha256()
  expect(await finish(page, here)).toEqual({ size: file.size, sha256: hex, warnings: [] })
  expect(here.journal.forFile(file.name).map(({ range }) => range)).toEqual([null, 'bytes=1000000-'])
  expect(await page.evaluate(() => globalThis.session.tasks().then(({ length }) => length))).toBe(0)
})
