/** A Chromium with a profile on disk, so that what is stored is really stored, showing the bench's page. */
import { mkdtempSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright'
import { ensureBrowser } from '../../../scripts/find-browser.ts'
import type { Stage } from '../support/stage.ts'
import type { Bench } from '../page/main.ts'

export interface Opened {
  readonly page: Page
  /** Of the browser itself; all its processes are below it. */
  readonly pid: number
  readonly close: () => Promise<void>
}

export async function openBrowser({ scratch, server }: Stage, ...more: string[]): Promise<Opened> {
  const { executablePath, args } = ensureBrowser()
  const profile = mkdtempSync(join(scratch, 'profile-'))
  const context = await chromium.launchPersistentContext(profile, { executablePath, args: [...args, ...more] })
  const page = context.pages()[0] ?? (await context.newPage())
  await page.goto(server.url)
  await page.waitForFunction(() => (globalThis.bench as Bench | undefined) !== undefined)
  return {
    page,
    pid: Number(readlinkSync(join(profile, 'SingletonLock')).split('-').at(-1)),
    async close() {
      await context.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

export const browserVersion = (): string => `Chromium ${ensureBrowser().version}`
