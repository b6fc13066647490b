/**
 * Owns how tests run. A file's name says where: `*.node.test.ts` in Node, `*.browser.test.ts` in real Chromium, `*.neutral.test.ts`
 * (and `*.unit.test.ts`) in both. `--mode fuzz` runs `*.fuzz.test.ts` instead, in Node. `ENGINES=firefox,webkit` picks other browsers.
 */
import { playwright } from '@vitest/browser-playwright'
import { defaultClientConditions, defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'
import { certificateSPKI } from './packages/core/test/support/servers/http2.ts'
import { findBrowser } from './scripts/find-browser.ts'
import { siblingsFromSource } from './scripts/sibling-urls.ts'

type Engine = 'chromium' | 'firefox' | 'webkit'

const sourceCondition = 'urlsession-source'
const engines = (process.env['ENGINES'] ?? 'chromium').split(',') as Engine[]

function launcher(engine: Engine) {
  const found = engine === 'chromium' ? findBrowser() : null
  const trust = `--ignore-certificate-errors-spki-list=${certificateSPKI}`
  return playwright({
    launchOptions: found ? { executablePath: found.executablePath, args: [...found.args, trust] } : {},
  })
}

const tests = (...kinds: string[]): string[] => [`packages/*/test/**/*.{${kinds.join(',')}}.test.ts`]

export default defineConfig(({ mode }) => ({
  plugins: [siblingsFromSource()],
  resolve: { conditions: [sourceCondition, ...defaultClientConditions] },
  ssr: { resolve: { conditions: [sourceCondition, ...defaultServerConditions] } },
  test: {
    globalSetup: ['scripts/test-origin.ts'],
    // For machines that do much else at the same time; no test measures time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A machine that is shared may stall any test for a minute. What fails twice is broken, and what failed once is named.
    retry: process.env['CI'] === 'true' ? 1 : 0,
    projects:
      mode === 'fuzz'
        ? [
            {
              extends: true,
              test: { name: 'fuzz', include: ['packages/*/test/**/*.fuzz.test.ts'], testTimeout: 600_000 },
            },
          ]
        : [
            {
              extends: true,
              test: { name: 'node', include: ['scripts/test/**/*.node.test.ts', ...tests('node', 'unit', 'neutral')] },
            },
            {
              extends: true,
              // All that a page may load sooner or later: a package found late would reload the page under a running test.
              optimizeDeps: {
                entries: [
                  'packages/core/src/entries/{browser,worker}.ts',
                  'packages/core/src/platform/digest/index.ts',
                  'packages/core/test/session/fetch-libraries.neutral.test.ts',
                  'packages/core/test/session/web-socket-class.neutral.test.ts',
                  'packages/core/test/session/uploads/own-protocols-survive.neutral.test.ts',
                ],
              },
              test: {
                name: 'browser',
                include: tests('browser', 'unit', 'neutral'),
                browser: {
                  enabled: true,
                  headless: true,
                  screenshotFailures: false,
                  instances: engines.map((engine) => ({ browser: engine, provider: launcher(engine) })),
                },
              },
            },
          ],
  },
}))
