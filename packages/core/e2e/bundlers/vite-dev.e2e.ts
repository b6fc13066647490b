/** Vite's development server, with its pre-bundled dependencies and without. */
import { createServer } from 'vite'
import { appModule, appPage, expectWorker } from '../support/app.ts'
import { download } from '../support/download.ts'
import { makeApp } from '../support/packed.ts'
import { test } from '../support/stage.ts'

for (const exclude of [[], ['urlsession']])
  test(`vite dev, ${exclude.length > 0 ? 'not ' : ''}pre-bundled`, async ({ page, stage }) => {
    const root = makeApp(`vite-dev-${exclude.length}`, {
      'index.html': appPage('<script type="module" src="/main.js"></script>'),
      'main.js': appModule(),
    })
    const server = await createServer({
      root,
      configFile: false,
      logLevel: 'warn',
      optimizeDeps: { exclude },
      server: { port: 0, host: '127.0.0.1' },
    })
    try {
      await server.listen()
      const { here } = await stage()
      await page.goto(server.resolvedUrls?.local[0] ?? '')
      await page.waitForFunction(() => 'urlsession' in globalThis)
      expectWorker(await download(page, here))
      expectWorker(await download(page, here, { checked: true }))
    } finally {
      await server.close()
    }
  })
