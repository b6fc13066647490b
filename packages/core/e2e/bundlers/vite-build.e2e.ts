/** `vite build` without configuration emits the worker, and the digests beside it. */
import { join } from 'node:path'
import { build } from 'vite'
import { appModule, appPage, runApp } from '../support/app.ts'
import { makeApp } from '../support/packed.ts'
import { test } from '../support/stage.ts'

test('vite build', async ({ page }) => {
  const root = makeApp('vite-build', {
    'index.html': appPage('<script type="module" src="/main.js"></script>'),
    'main.js': appModule(),
  })
  await build({ root, base: './', configFile: false, logLevel: 'warn' })
  await runApp(page, join(root, 'dist'))
})
