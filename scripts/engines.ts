/**
 * `npm run test:engines`: lives of downloads in real Firefox and WebKitGTK, as far as they are installed; so this is a command of
 * its own and not part of `npm test`. Succeeds when at least one of them ran and all that ran passed.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { buildPackage } from '../packages/core/build.ts'
import { engines, find } from '../packages/core/e2e-engines/drivers/installed.ts'
import { playwrightCounts, reports } from './steps.ts'

const root = join(import.meta.dirname, '..')
const file = 'engines.json'

const installed = engines.filter((engine) => {
  const found = find(engine)
  if (typeof found === 'string') console.log(`${engine.name}: skipped, ${found}`)
  else console.log(`${engine.name}: ${[found.version, found.executable].filter((fact) => fact !== null).join(', ')}`)
  return typeof found !== 'string'
})

if (installed.length === 0) {
  console.error('There is no engine to test in.')
  process.exitCode = 1
} else {
  await buildPackage()
  process.exitCode = run(installed.map(({ name }) => name)) ? 0 : 1
}

function run(names: readonly string[]): boolean {
  mkdirSync(reports, { recursive: true })
  rmSync(join(reports, file), { force: true })
  const config = join(root, 'packages/core/e2e-engines/playwright.config.ts')
  const { status } = spawnSync(
    'playwright',
    ['test', '--config', config, '--reporter=list,json', ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
        ENGINES: names.join(','),
        PLAYWRIGHT_JSON_OUTPUT_FILE: join(reports, file),
      },
    },
  )
  try {
    tellMeasured()
    const { passed, failed } = playwrightCounts(file)
    console.log(`\n${passed} passed, ${failed} failed`)
    return status === 0 && passed > 0 && failed === 0
  } catch {
    // No report: the runner did not get as far as running a test.
    return false
  }
}

interface Suite {
  readonly suites?: readonly Suite[]
  readonly specs?: readonly { readonly tests: readonly Test[] }[]
}

interface Test {
  readonly projectName: string
  readonly annotations: readonly { readonly type: string; readonly description?: string }[]
}

/** What the tests noted down of each engine. */
function tellMeasured(): void {
  const report = JSON.parse(readFileSync(join(reports, file), 'utf8')) as Suite
  for (const engine of installed) {
    const notes = testsOf(report)
      .filter(({ projectName }) => projectName === engine.name)
      .flatMap(({ annotations }) => annotations)
    console.log(`\n${engine.name}`)
    for (const { type, description } of notes) if (type === 'measured') console.log(`  ${description}`)
  }
}

function testsOf({ suites = [], specs = [] }: Suite): Test[] {
  return [...specs.flatMap(({ tests }) => tests), ...suites.flatMap((suite) => testsOf(suite))]
}
