/** Owns the list of what is checked, in the order of what is cheap first: `fastChecks` for every save, `allChecks` before a change is done. */
import { join } from 'node:path'
import { type Step, playwrightCounts, reports, vitestCounts } from './steps.ts'

const node = (script: string, ...words: string[]): string[] => ['node', script, ...words]

const still: readonly Step[] = [
  { name: 'format', run: [['oxfmt', '--check']] },
  { name: 'types', run: [['tsc', '-b']] },
  { name: 'lint', run: [['oxlint', '--type-aware', '--deny-warnings']] },
  { name: 'import law', run: [node('scripts/import-law.ts')] },
  { name: 'unused code', run: [['knip']] },
  { name: 'capabilities', run: [node('scripts/capabilities.ts', '--check')] },
  { name: 'build', run: [node('packages/core/build.ts'), node('packages/testing/build.ts')] },
  { name: 'package', run: [node('scripts/check-package.ts')] },
  { name: 'sizes', run: [node('scripts/sizes.ts')] },
]

const runtimes: Step = {
  name: 'Deno and Bun',
  run: [node('scripts/runtimes.ts')],
  shows: /^skipped: |: ok$/,
}
const browser: Step = { name: 'browser', run: [node('scripts/find-browser.ts')] }
const servers: Step = { name: 'servers', run: [node('scripts/test-servers.ts')], shows: /^skipped: / }

const endToEnd: readonly Step[] = [
  { name: 'demo build', run: [['vite', 'build', 'apps/transfers']] },
  {
    name: 'end to end',
    run: [['playwright', 'test', '--reporter=list,json']],
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: join(reports, 'end-to-end.json') },
    tests: () => playwrightCounts('end-to-end.json'),
  },
]

function unit(name: string, ...projects: string[]): Step {
  const report = `${name.replaceAll(' ', '-')}.json`
  const words = projects.flatMap((project) => ['--project', project])
  return {
    name,
    run: [
      [
        'vitest',
        'run',
        ...words,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${join(reports, report)}`,
      ],
    ],
    tests: () => vitestCounts(report),
  }
}

export const fastChecks: readonly Step[] = [...still, unit('tests in Node', 'node')]

export const allChecks: readonly Step[] = [
  ...still,
  runtimes,
  browser,
  servers,
  unit('tests in Node and browser', 'node', 'browser'),
  ...endToEnd,
]
