/** Rollup emits no worker: the files are copied beside the bundle, or served elsewhere and named. */
import { join } from 'node:path'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { rollup } from 'rollup'
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
  test(`Rollup, ${name}`, async ({ page }) => {
    const root = makeApp(`rollup-${folder.replaceAll('/', '-')}`, {
      'dist/index.html': appPage('<script type="module" src="main.js"></script>'),
      'main.js': appModule(engine),
    })
    copyWorker(join(root, folder))
    const bundle = await rollup({
      input: join(root, 'main.js'),
      plugins: [nodeResolve({ browser: true })],
      logLevel: 'silent',
    })
    await bundle.write({ dir: join(root, 'dist'), format: 'es' })
    await bundle.close()
    await runApp(page, join(root, 'dist'))
  })
