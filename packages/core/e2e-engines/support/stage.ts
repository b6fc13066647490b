/** What these tests stand on: a browser with a profile that outlives it, a page with the package, and a server that keeps a journal. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from 'playwright/test'
import { startOrigin, type Origin } from '../../../testing/src/origin/index.ts'
import { dist } from '../../e2e/support/packed.ts'
import '../../e2e/support/page-globals.ts'
import type { Browser, EngineName, Storage, Tab } from '../drivers/browser.ts'
import { engines, find } from '../drivers/installed.ts'

export { expect }

export interface Options {
  readonly engineName: EngineName
}

interface Fixtures {
  readonly here: Origin
  /** Starts the browser, again on the same profile if it was killed. */
  readonly launch: (storage?: Storage) => Promise<Browser>
  /** Opens the page; `how` is the query of its address. Resolves when its script has run. */
  readonly open: (tab: Tab, how?: string) => Promise<void>
  /** Puts what was measured into the report. */
  readonly note: (text: string) => void
}

export const test = base.extend<Options & Fixtures>({
  engineName: ['firefox', { option: true }],

  // oxlint-disable-next-line no-empty-pattern
  here: async ({}, use) => {
    const origin = await startOrigin({
      staticDirs: { '/urlsession/': dist, '/page/': join(import.meta.dirname, '../page') },
      patience: 60_000,
    })
    await use(origin)
    await origin.stop()
  },

  launch: async ({ engineName }, use, info) => {
    const engine = engines.find(({ name }) => name === engineName)
    const found = engine ? find(engine) : 'not known'
    if (!engine || typeof found === 'string')
      throw new Error(`${engineName}: ${typeof found === 'string' ? found : 'not known'}`)
    const profile = mkdtempSync(join(tmpdir(), `urlsession-${engineName}-`))
    const launched: Browser[] = []
    const uncaught: string[] = []
    await use(async (storage = 'usual') => {
      const onUncaught = (text: string): void => void uncaught.push(text)
      const browser = await engine.launch({ executable: found.executable, profile, storage, onUncaught })
      launched.push(browser)
      return browser
    })
    await Promise.all(launched.map((browser) => browser.kill()))
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    if (info.status === info.expectedStatus) expect(uncaught, 'errors that nobody caught').toEqual([])
  },

  open: ({ here }, use) =>
    use(async (tab, how = '') => {
      await tab.goto(`${here.url}/page/?${how}`)
      await tab.evaluate(async () => {
        while (!('urlsession' in globalThis)) await new Promise((resolve) => setTimeout(resolve, 10))
      })
    }),

  // oxlint-disable-next-line no-empty-pattern
  note: ({}, use, info) => use((description) => void info.annotations.push({ type: 'measured', description })),
})
