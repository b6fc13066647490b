/** A policy that forbids WebAssembly, in a worker and in the page: digests are computed in JavaScript. */
import type { Page, Worker } from 'playwright/test'
import { download } from '../support/download.ts'
import { begin, finish } from '../support/life.ts'
import { expect, test } from '../support/stage.ts'

const policy = `default-src 'self'`

test('no wasm-unsafe-eval in the worker', async ({ page, stage }) => {
  const { here, open } = await stage({ policy, filePolicy: policy })
  const file = here.file('checked.bin', { size: 3_000_000, seed: 20 })
  const { sri: integrity, hex: sha256 } = await file.sha256()
  await open()
  await begin(page, file, { integrity })
  expect(await finish(page, here)).toEqual({ size: file.size, sha256, warnings: [] })
  expect(await Promise.all(page.workers().map(mayCompile))).toEqual([false])
})

test('no wasm-unsafe-eval in the page', async ({ page, stage }) => {
  const { here, open } = await stage({ policy: `${policy}; worker-src 'none'` })
  await open()
  expect(await mayCompile(page)).toBe(false)
  expect(await download(page, here, { checked: true })).toMatchObject({ engine: 'inline' })
})

function mayCompile(where: Page | Worker): Promise<boolean> {
  return (where as Page).evaluate(() => {
    try {
      return Boolean(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])))
    } catch {
      return false
    }
  })
}
