/** The worker dies: another takes its place, and the download goes on where it was. */
import { begin, finish, received } from '../support/life.ts'
import { expect, test } from '../support/stage.ts'

const script = `
import * as it from 'HERE/urlsession/urlsession.js'
globalThis.workers = []
globalThis.engine = {
  createWorker() {
    const worker = new Worker('HERE/urlsession/worker.js', { type: 'module' })
    workers.push(worker)
    return worker
  },
}`

for (const kind of ['default', 'background'])
  test(`a worker that is killed, ${kind} session`, async ({ page, stage }) => {
    const { here, open } = await stage({ script })
    const file = here.file(`killed-${kind}.bin`, { size: 5_000_000, seed: 14 })
    file.nextResponses([{ stallAfter: 1_000_000 }])
    await open()
    await begin(page, file, kind === 'background' ? { identifier: 'killed' } : {})
    await received(page, 1_000_000)
    await page.evaluate(async () => {
      await globalThis.session.flush()
      ;(globalThis as unknown as { workers: Worker[] }).workers[0]?.terminate()
    })
    const { hex } = await file.sha256()
    expect(await finish(page, here)).toEqual({ size: file.size, sha256: hex, warnings: [] })
    expect(here.journal.forFile(file.name).map(({ range }) => range)).toEqual([null, 'bytes=1000000-'])
    expect(await page.evaluate(() => (globalThis as unknown as { workers: Worker[] }).workers.length)).toBe(2)
  })
