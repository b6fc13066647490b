/**
 * `pnpm test:engines`: the browser tests again in Firefox and WebKit. They come from Playwright (`playwright install firefox webkit`),
 * so this is a command of its own and not part of `npm test`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { firefox, webkit } from 'playwright'

const installed = [firefox, webkit]
  .filter((engine) => existsSync(engine.executablePath()))
  .map((engine) => engine.name())

if (installed.length === 0) {
  console.error('Neither Firefox nor WebKit is installed: run `pnpm exec playwright install firefox webkit` first.')
  process.exitCode = 1
} else {
  console.log(`Browser tests in ${installed.join(' and ')}`)
  const { status } = spawnSync('vitest', ['run', '--project', 'browser'], {
    stdio: 'inherit',
    env: { ...process.env, ENGINES: installed.join(',') },
  })
  process.exitCode = status ?? 1
}
