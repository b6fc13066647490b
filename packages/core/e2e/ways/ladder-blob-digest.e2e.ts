/** An app's worker that is started by way of a blob finds the digests too. */
import { builtApp } from '../support/built-app.ts'
import { download } from '../support/download.ts'
import { expect, test } from '../support/stage.ts'

test('bundled, in a blob: a download with integrity', async ({ page, stage }) => {
  // The worker in a blob is the bundler's plain copy of worker.js, which looks for a digest.js that has another name now.
  test.fail()
  const { here, open } = await stage({
    policy: `script-src 'self' 'wasm-unsafe-eval'; worker-src blob:`,
    script: `import 'HERE/app/app.js'\nconst it = globalThis.urlsession`,
    folders: { '/app/': await builtApp() },
  })
  await open()
  expect(await download(page, here, { checked: true })).toMatchObject({ engine: 'worker' })
})
