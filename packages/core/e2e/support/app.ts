/** A tiny app that uses the package, and the test that every bundler's result must pass. */
import type { Page } from 'playwright/test'
import { startOrigin } from '../../../testing/src/origin/index.ts'
import { download, type Downloaded } from './download.ts'
import { expect } from './stage.ts'

/** The app's only module. `engine`: source text of the engine options its sessions get. */
export const appModule = (engine = 'undefined'): string => `
import { SessionConfiguration, URLError, URLSession } from 'urlsession'
globalThis.engine = ${engine}
globalThis.urlsession = { SessionConfiguration, URLError, URLSession }
`

export const appPage = (script: string): string => `<!doctype html><meta charset="utf-8"><title>app</title>${script}`

/** Serves the folder from a path below the root, as many apps are, and downloads in it, once plainly and once checked. */
export async function runApp(page: Page, folder: string): Promise<void> {
  const origin = await startOrigin({ staticDirs: { '/some/app/': folder } })
  try {
    await page.goto(`${origin.url}/some/app/`)
    await page.waitForFunction(() => 'urlsession' in globalThis)
    expectWorker(await download(page, origin))
    expectWorker(await download(page, origin, { checked: true }))
    const missing = origin.journal.matching({ status: 404 }).filter(({ url }) => url !== '/favicon.ico')
    expect(missing.map(({ url }) => url)).toEqual([])
  } finally {
    await origin.stop()
  }
}

/** In a worker, and at the first try. */
export function expectWorker({ engine, reason }: Downloaded): void {
  expect({ engine, refused: reason.includes('refused') }, reason).toEqual({ engine: 'worker', refused: false })
}
