/** An app's worker that is started by way of a blob finds the digests too, by the name that the bundler gave them. */
import { builtApp } from '../support/built-app.ts'
import { download } from '../support/download.ts'
import { expect, test } from '../support/stage.ts'

test('bundled, in a blob: a download with integrity', async ({ page, stage }) => {
  const { here, open } = await stage({
    policy: `script-src 'self' 'wasm-unsafe-eval'; worker-src blob:`,
    script: `import 'HERE/app/app.js'\nconst it = globalThis.urlsession`,
    folders: { '/app/': await builtApp() },
  })
  await open()
  expect(await download(page, here, { checked: true })).toMatchObject({ engine: 'worker' })
  const asked = here.journal.matching({ url: '/digest-' }).map(({ url, status }) => `${url} ${status}`)
  expect(asked).toEqual([expect.stringMatching(/^\/app\/assets\/digest-[\w-]+\.js 200$/)])
})
