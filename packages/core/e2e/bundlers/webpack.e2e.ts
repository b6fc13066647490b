/** webpack 5 without configuration (but unminified, for speed) emits the worker, and the digests beside it. */
import { join } from 'node:path'
import webpack from 'webpack'
import { appModule, appPage, runApp } from '../support/app.ts'
import { makeApp } from '../support/packed.ts'
import { expect, test } from '../support/stage.ts'

test('webpack', async ({ page }) => {
  test.slow()
  const context = makeApp('webpack', {
    'dist/index.html': appPage('<script defer src="main.js"></script>'),
    'src/index.js': appModule(),
  })
  const compiler = webpack({
    mode: 'production',
    context,
    optimization: { minimize: false },
    performance: false,
    output: { path: join(context, 'dist') },
  })
  const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) =>
    compiler?.run((error, result) => (error ? reject(error) : resolve(result))),
  )
  expect(stats?.toJson({ all: false, errors: true, warnings: true })).toMatchObject({ errors: [], warnings: [] })
  await runApp(page, join(context, 'dist'))
})
