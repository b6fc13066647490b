/**
 * What tests of the ways in stand on: a page on one origin, another origin beside it, both with a server whose journal tells
 * what happened; and the rule that no test leaves an uncaught error behind, in a page or in a worker.
 */
import { test as base, expect, type BrowserContext, type Page } from 'playwright/test'
import { startOrigin, type Origin, type StaticDir } from '../../../testing/src/origin/index.ts'
import { dist } from './packed.ts'
import './page-globals.ts'

export { expect }

export interface Scene {
  /** Content-Security-Policy of the page. Default: none. */
  readonly policy?: string
  /** Of the package's files, of which the worker obeys its own. Default: none. */
  readonly filePolicy?: string
  /** The page's module script. `HERE` and `THERE` stand for the two origins. Default: `urlsession.js` of its own origin. */
  readonly script?: string
  /** Attributes of the script element. */
  readonly attributes?: string
  /** Text of `/page/stub.js`, a worker file of the page's own origin. */
  readonly stub?: string
  /** Path prefix → folder, on both origins, besides `/urlsession/`. */
  readonly folders?: Readonly<Record<string, string | StaticDir>>
}

export interface Stage {
  /** Serves the page. */
  readonly here: Origin
  readonly there: Origin
  /** Opens the page; resolves when its script has run. */
  readonly open: (page?: Page) => Promise<void>
  /** Policy directives that the page was held to, as it happened: `worker-src`, `script-src eval`. */
  readonly violations: string[]
}

export interface Fixtures {
  readonly stage: (scene?: Scene) => Promise<Stage>
  readonly uncaught: string[]
}

export const test = base.extend<Fixtures>({
  uncaught: [
    async ({ context }, use) => {
      const uncaught: string[] = []
      watchUncaught(context, uncaught)
      await use(uncaught)
      expect(uncaught, 'errors that nobody caught').toEqual([])
    },
    { auto: true },
  ],

  stage: async ({ page }, use) => {
    const origins: Origin[] = []
    await use(async (scene = {}) => {
      const violations: string[] = []
      await watchPolicy(page, violations)
      const [here, there] = await Promise.all([startScene(scene, () => origins), startScene(scene, () => origins)])
      origins.push(here, there)
      return { here, there, violations, open: (other = page) => openPage(other, here) }
    })
    await Promise.all(origins.map((origin) => origin.stop()))
  },
})

/** Also hears what nobody caught in workers. */
export function watchUncaught(context: BrowserContext, uncaught: string[]): void {
  context.on('weberror', (event) => void uncaught.push(event.error().stack ?? String(event.error())))
}

export async function openPage(page: Page, { url }: Origin): Promise<void> {
  await page.goto(`${url}/page/`)
  await page.waitForFunction(() => 'urlsession' in globalThis)
}

function startScene(scene: Scene, origins: () => readonly Origin[]): Promise<Origin> {
  const {
    policy,
    filePolicy,
    script = `import * as it from 'HERE/urlsession/urlsession.js'`,
    attributes = '',
    stub = '',
    folders,
  } = scene
  const filled = (text: string): string =>
    text.replaceAll('THERE', origins()[1]?.url ?? '').replaceAll('HERE', origins()[0]?.url ?? '')
  const headers = (held?: string): Record<string, string> =>
    held === undefined ? {} : { 'Content-Security-Policy': held }
  return startOrigin({
    staticDirs: { '/urlsession/': { dir: dist, headers: headers(filePolicy) }, ...folders },
    routes: {
      '/page/': async (exchange) => {
        const served: Readonly<Record<string, readonly [text: string, type: string, policy?: string | undefined]>> = {
          '/page/': [`<!doctype html><script type="module" src="main.js" ${attributes}></script>`, 'text/html', policy],
          '/page/main.js': [`${script}\nglobalThis.urlsession = it\n`, 'text/javascript'],
          '/page/stub.js': [stub, 'text/javascript'],
        }
        const [text, type, held] = served[exchange.entry.url] ?? ['', 'text/plain']
        exchange.head(
          200,
          Object.entries({
            'Content-Type': type,
            'Access-Control-Allow-Origin': '*',
            ...headers(held && filled(held)),
          }),
        )
        await exchange.write(Buffer.from(filled(text)))
        exchange.end()
      },
    },
  })
}

async function watchPolicy(page: Page, violations: string[]): Promise<void> {
  await page.exposeBinding('reportViolation', (_source, text: string) => void violations.push(text))
  await page.addInitScript(() => {
    const report = Reflect.get(globalThis, 'reportViolation') as (text: string) => void
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      report(
        ['eval', 'wasm-eval', 'inline'].includes(blockedURI)
          ? `${effectiveDirective} ${blockedURI}`
          : effectiveDirective,
      ),
    )
  })
}
