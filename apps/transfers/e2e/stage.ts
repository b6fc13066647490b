/** What every test here stands on: an origin of its own, the built page told of it, and the rows as a person finds them. */
import { expect as plainExpect, test as base, type BrowserContext, type Locator, type Page } from 'playwright/test'
import { startOrigin, type Origin } from '../../../packages/testing/src/origin/index.ts'

/** Machines are busy; what is waited for here is an event, however long it takes. */
export const expect = plainExpect.configure({ timeout: 30_000 })

/** Also the most that shows to the byte when a server falls silent: beyond the first MiB the reader waits for good pieces. */
export const MB = 1_000_000

/** The page, opened, in words of what is on it. */
export class Transfers {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  async add(url: string): Promise<void> {
    await this.page.getByLabel('Address of a file').fill(url)
    await this.page.getByRole('button', { name: 'Download', exact: true }).click()
  }

  row(name: string): Locator {
    return this.page.getByRole('listitem').filter({ has: this.page.getByRole('heading', { name, exact: true }) })
  }

  /** The words on the row that say how it stands. */
  state(name: string, state: string): Locator {
    return this.row(name).getByText(state, { exact: true })
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }
}

export const test = base.extend<{ origin: Origin; transfers: Transfers }>({
  origin: async ({ context }, use) => {
    const origin = await startOrigin({ patience: 40_000 })
    await tell(context, origin)
    await use(origin)
    await origin.stop()
  },

  transfers: async ({ page, origin }, use) => {
    // Asked for, so that the page learns of this origin and not of the server's own.
    void origin
    await page.goto('/')
    await use(new Transfers(page))
  },
})

function tell(context: BrowserContext, { url }: Origin): Promise<unknown> {
  return context.route('**/demo-origin.json', (route) => route.fulfill({ json: { url } }))
}

/** The first byte that a request's Range asks for; -1 for a request for the whole. */
export const firstByte = (range: string | null): number => Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? -1)
