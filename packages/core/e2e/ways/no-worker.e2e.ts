/** Where the engine must have a worker and cannot get one, the task fails and says what was tried; elsewhere the page may be asked for. */
import { download } from '../support/download.ts'
import { begin, failure } from '../support/life.ts'
import { expect, test } from '../support/stage.ts'

test('placement worker, no workers allowed', async ({ page, stage }) => {
  const script = `import * as it from 'HERE/urlsession/urlsession.js'\nglobalThis.engine = { placement: 'worker' }`
  const { here, open } = await stage({ policy: `worker-src 'none'`, script })
  await open()
  await begin(page, here.file('never.bin', { size: 1000 }))
  const { code, message } = await failure(page)
  expect(code).toBe('backgroundSessionWasDisconnected')
  expect(message).toContain('this file as a worker')
  expect(here.journal.matching({ file: 'never.bin' })).toEqual([])
})

test('placement inline', async ({ page, stage }) => {
  const script = `import * as it from 'HERE/urlsession/urlsession.js'\nglobalThis.engine = { placement: 'inline' }`
  const { here, open } = await stage({ script })
  await open()
  expect(await download(page, here)).toMatchObject({ engine: 'inline' })
  expect(page.workers()).toEqual([])
})
