/**
 * Rspack without configuration does as webpack does. It is large, so it is not among the dependencies: `BUNDLERS=all` installs it
 * into the test's own folder.
 */
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { appModule, appPage, runApp } from '../support/app.ts'
import { makeApp } from '../support/packed.ts'
import { expect, test } from '../support/stage.ts'

const version = '2.3.2'

interface Outcome {
  toJson(options: object): object
}
type Rspack = (options: object) => { run(done: (error: Error | null, outcome: Outcome) => void): void }

test('Rspack', async ({ page }) => {
  test.skip(process.env['BUNDLERS'] !== 'all', 'only with BUNDLERS=all')
  test.setTimeout(300_000)
  const tool = makeApp('rspack-itself', {})
  execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', `@rspack/core@${version}`], { cwd: tool })
  const { rspack } = createRequire(join(tool, 'package.json'))('@rspack/core') as { rspack: Rspack }
  const context = makeApp('rspack', {
    'dist/index.html': appPage('<script defer src="main.js"></script>'),
    'src/index.js': appModule(),
  })
  const compiler = rspack({ mode: 'production', context, output: { path: join(context, 'dist') } })
  const outcome = await new Promise<Outcome>((resolve, reject) => {
    compiler.run((error, result) => (error ? reject(error) : resolve(result)))
  })
  expect(outcome.toJson({ all: false, errors: true, warnings: true })).toMatchObject({ errors: [], warnings: [] })
  await runApp(page, join(context, 'dist'))
})
