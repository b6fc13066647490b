/** Owns the tests of whole lives of a page (reload, second tab, offline, kill), against the built demo. */
import { defineConfig } from 'playwright/test'
import { findBrowser } from './scripts/find-browser.ts'

const browser = findBrowser()
const address = 'http://127.0.0.1:4173'

export default defineConfig({
  testDir: '.',
  testMatch: ['apps/transfers/e2e/**/*.e2e.ts', 'packages/core/e2e/**/*.e2e.ts'],
  workers: 2,
  fullyParallel: true,
  retries: process.env['CI'] === 'true' ? 1 : 0,
  timeout: 120_000,
  outputDir: 'node_modules/.cache/playwright',
  reporter: 'list',
  use: {
    browserName: 'chromium',
    baseURL: address,
    trace: 'retain-on-failure',
    launchOptions: browser ? { executablePath: browser.executablePath, args: browser.args } : {},
  },
  webServer: {
    command: 'vite preview apps/transfers --port 4173 --strictPort --host 127.0.0.1',
    url: address,
    reuseExistingServer: false,
  },
})
