/** Owns the tests in real Firefox and WebKitGTK, driven by drivers of our own; `scripts/engines.ts` says which are installed. */
import { defineConfig } from 'playwright/test'
import type { Options } from './support/stage.ts'

const installed = (process.env['ENGINES'] ?? 'firefox,webkitgtk').split(',') as Options['engineName'][]

export default defineConfig<Options>({
  testDir: '.',
  testMatch: '**/*.e2e.ts',
  workers: 1,
  retries: 0,
  timeout: 180_000,
  outputDir: '../../../node_modules/.cache/playwright-engines',
  reporter: 'list',
  projects: installed.map((engineName) => ({ name: engineName, use: { engineName } })),
})
