/** esbuild emits no worker: the files are copied beside the bundle, or served elsewhere and named. */
import { join } from 'node:path'
import { build } from 'esbuild'
import { appModule, appPage, runApp } from '../support/app.ts'
import { copyWorker, makeApp } from '../support/packed.ts'
import { test } from '../support/stage.ts'

const ways = [
  { name: 'copied beside the bundle', folder: 'dist', engine: undefined },
  {
    name: 'named by workerURL',
    folder: 'dist/vendor',
    engine: `{ workerURL: new URL('vendor/worker.js', document.baseURI) }`,
  },
]

for (const { name, folder, engine } of ways)
  test(`esbuild, ${name}`, async ({ page }) => {
    const root = makeApp(`esbuild-${folder.replaceAll('/', '-')}`, {
      'dist/index.html': appPage('<script type="module" src="main.js"></script>'),
      'main.js': appModule(engine),
    })
    copyWorker(join(root, folder))
    await build({
      absWorkingDir: root,
      entryPoints: ['main.js'],
      bundle: true,
      format: 'esm',
      outdir: 'dist',
      logLevel: 'warning',
    })
    await runApp(page, join(root, 'dist'))
  })
