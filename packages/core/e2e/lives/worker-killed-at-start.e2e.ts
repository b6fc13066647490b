/** The worker dies while it opens, before it has said what it has: another takes its place. */
import { begin, finish } from '../support/life.ts'
import { expect, test } from '../support/stage.ts'

const script = `
import * as it from 'HERE/urlsession/urlsession.js'
globalThis.workers = 0
globalThis.engine = {
  createWorker() {
    const worker = new Worker('HERE/urlsession/worker.js', { type: 'module' })
    workers += 1
    if (workers > 1) return worker
    let calls = 0
    const post = worker.postMessage.bind(worker)
    worker.postMessage = (...message) => {
      post(...message)
      calls += 1
      if (calls === 2) worker.terminate()
    }
    return worker
  },
}`

test('a worker that is killed while it opens', async ({ page, stage }) => {
  const { here, open } = await stage({ script })
  const file = here.file('early.bin', { size: 3_000_000, seed: 21 })
  await open()
  await begin(page, file)
  await page.waitForFunction(() => globalThis.task.state === 'completed', null, { timeout: 10_000 })
  const { hex } = await file.sha256()
  expect(await finish(page, here)).toEqual({ size: file.size, sha256: hex, warnings: [] })
  expect(await page.evaluate(() => (globalThis as unknown as { workers: number }).workers)).toBe(2)
})
