/** `vite build` without configuration emits the worker, and the digests beside it. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { appModule, appPage, runApp } from '../support/app.ts'
import { makeApp } from '../support/packed.ts'
import { expect, test } from '../support/stage.ts'

test('vite build', async ({ page }) => {
  const root = makeApp('vite-build', {
    'index.html': appPage('<script type="module" src="/main.js"></script>'),
    'main.js': appModule(),
  })
  await build({ root, base: './', configFile: false, logLevel: 'warn' })
  console.log(readdirSync(join(root, 'dist/assets')))
  await runApp(page, join(root, 'dist'))
})
