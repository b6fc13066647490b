/** A browser with a profile on disk, which can be killed and started again on what it left. */
import { mkdtempSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext, type Page } from 'playwright/test'
import { test as base, watchUncaught } from './stage.ts'

export interface Profile {
  /** Starts the browser. */
  launch(...args: string[]): Promise<Page>
  /** Ends the browser at once, as a crash or the system would; resolves when it is gone. */
  kill(): Promise<void>
}

export const test = base.extend<{ profile: Profile }>({
  profile: async ({ uncaught }, use, { project }) => {
    const folder = mkdtempSync(join(tmpdir(), 'urlsession-profile-'))
    const { args = [], ...launch } = project.use.launchOptions ?? {}
    const running = new Set<BrowserContext>()
    await use({
      async launch(...more) {
        const context = await chromium.launchPersistentContext(folder, { ...launch, args: [...args, ...more] })
        running.add(context)
        context.once('close', () => running.delete(context))
        watchUncaught(context, uncaught)
        return context.pages()[0] ?? (await context.newPage())
      },
      async kill() {
        const closed = Promise.all([...running].map((context) => context.waitForEvent('close')))
        // `host-pid`, kept by the browser itself.
        const pid = Number(readlinkSync(join(folder, 'SingletonLock')).split('-').at(-1))
        process.kill(pid, 'SIGKILL')
        await closed
      },
    })
    for (const context of running) await context.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  },
})
