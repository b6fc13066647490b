/**
 * The engine's place under each policy a page may have: where a better place is refused the next one serves, the file arrives
 * all the same, and nobody hears an error. `policy` is what a site needs at least for the place that is named.
 */
import { builtApp } from '../support/built-app.ts'
import { download } from '../support/download.ts'
import { expect, test } from '../support/stage.ts'

interface Row {
  readonly name: string
  readonly policy?: string
  /** Source text of the engine options. */
  readonly engine?: string
  readonly place: 'worker' | 'inline'
  /** How the worker's address begins. */
  readonly at?: string
  /** Places that were tried before, in order. */
  readonly refused: readonly string[]
}

const own = (url: string): string => `{ createWorker: () => new Worker(${url}, { type: 'module' }) }`

const bundled: readonly Row[] = [
  { name: 'no policy', place: 'worker', at: 'HERE/app/', refused: [] },
  {
    name: 'the worker file',
    policy: `script-src 'self'; worker-src 'self'`,
    place: 'worker',
    at: 'HERE/app/',
    refused: [],
  },
  {
    name: 'the worker file, nonce',
    policy: `script-src 'nonce-abc' 'strict-dynamic'; object-src 'none'; base-uri 'none'`,
    place: 'worker',
    at: 'HERE/app/',
    refused: [],
  },
  {
    name: 'a blob',
    policy: `script-src 'self'; worker-src blob:`,
    place: 'worker',
    at: 'blob:',
    refused: ['the worker file beside the bundle'],
  },
  {
    name: 'the page, no workers allowed',
    policy: `script-src 'self'; worker-src 'none'`,
    place: 'inline',
    refused: ['the worker file beside the bundle', 'the worker file by way of a blob'],
  },
  {
    name: 'the page, Trusted Types',
    policy: `require-trusted-types-for 'script'; trusted-types 'none'`,
    place: 'inline',
    refused: ['the worker file beside the bundle', 'the worker file by way of a blob'],
  },
  {
    name: 'a worker of the user’s',
    policy: `script-src 'self'; worker-src 'self'`,
    engine: own(`'HERE/urlsession/worker.js'`),
    place: 'worker',
    at: 'HERE/urlsession/worker.js',
    refused: [],
  },
  {
    name: 'a worker of the user’s, Trusted Types',
    policy: `require-trusted-types-for 'script'; trusted-types app`,
    engine: own(
      `(globalThis.app ??= trustedTypes.createPolicy('app', { createScriptURL: (url) => url })).createScriptURL('HERE/urlsession/worker.js')`,
    ),
    place: 'worker',
    at: 'HERE/urlsession/worker.js',
    refused: [],
  },
  {
    name: 'a worker URL',
    policy: `script-src 'self'; worker-src 'self'`,
    engine: `{ workerURL: '/urlsession/worker.js' }`,
    place: 'worker',
    at: 'HERE/urlsession/worker.js',
    refused: [],
  },
  {
    name: 'a worker URL of another origin',
    policy: `script-src 'self' THERE; worker-src blob:`,
    engine: `{ workerURL: 'THERE/urlsession/worker.js' }`,
    place: 'worker',
    at: 'blob:',
    refused: [],
  },
  {
    name: 'the worker file after a worker URL that is not there',
    policy: `script-src 'self'; worker-src 'self'`,
    engine: `{ workerURL: '/not-there/worker.js' }`,
    place: 'worker',
    at: 'HERE/app/',
    refused: ['engine.workerURL'],
  },
  {
    name: 'the worker file after a worker of the user’s that throws',
    engine: `{ createWorker() { throw new Error('not today') } }`,
    place: 'worker',
    at: 'HERE/app/',
    refused: ['engine.createWorker'],
  },
]

const fromCDN: readonly Row[] = [
  { name: 'no policy', place: 'worker', at: 'blob:', refused: [] },
  { name: 'a blob', policy: `script-src 'self' THERE; worker-src blob:`, place: 'worker', at: 'blob:', refused: [] },
  {
    name: 'a blob, nonce',
    policy: `script-src 'nonce-abc' 'strict-dynamic'; object-src 'none'; base-uri 'none'`,
    place: 'worker',
    at: 'blob:',
    refused: [],
  },
  {
    name: 'a stub of one line on the own origin',
    policy: `script-src 'self' THERE; worker-src 'self'`,
    engine: `{ workerURL: 'stub.js' }`,
    place: 'worker',
    at: 'HERE/page/stub.js',
    refused: [],
  },
  {
    name: 'the page, no blobs allowed',
    policy: `script-src 'self' THERE`,
    place: 'inline',
    refused: ['this file as a worker', 'this file as a worker by way of a blob'],
  },
  {
    name: 'the page, Trusted Types',
    policy: `require-trusted-types-for 'script'; trusted-types 'none'`,
    place: 'inline',
    refused: ['this file as a worker', 'this file as a worker by way of a blob'],
  },
  {
    name: 'the page, sandboxed',
    policy: `sandbox allow-scripts`,
    place: 'inline',
    refused: ['this file as a worker', 'this file as a worker by way of a blob'],
  },
]

const entries = [
  { entry: 'bundled', rows: bundled, load: `import 'HERE/app/app.js'\nconst it = globalThis.urlsession` },
  { entry: 'from a CDN', rows: fromCDN, load: `import * as it from 'THERE/urlsession/urlsession.js'` },
]

for (const { entry, rows, load } of entries)
  for (const { name, policy, engine, place, at, refused } of rows)
    test(`${entry}: ${name}`, async ({ page, stage }) => {
      const { here, there, open, violations } = await stage({
        ...(policy === undefined ? {} : { policy }),
        script: `globalThis.engine = ${engine ?? 'undefined'}\n${load}`,
        attributes: 'nonce="abc"',
        stub: `import('THERE/urlsession/worker.js')`,
        folders: { '/app/': await builtApp() },
      })
      const workers: string[] = []
      page.on('worker', (worker) => workers.push(worker.url()))
      await open()
      for (const checked of [false, true]) {
        const got = await download(page, here, { checked })
        expect(got.engine, got.reason).toBe(place)
        expect(refusedIn(got.reason), got.reason).toEqual(refused)
        if (at !== undefined) expect(workers.at(-1)).toContain(at.replace('HERE', here.url).replace('THERE', there.url))
      }
      // That WebAssembly is forbidden shows only when it is tried.
      expect(violations.filter((one) => one.startsWith('script-src') && !one.endsWith(' wasm-eval'))).toEqual([])
    })

/** The places that a reason names, in its order. */
function refusedIn(reason: string): string[] {
  const places = [
    'engine.createWorker: ',
    'engine.workerURL: ',
    'the worker file beside the bundle: ',
    'the worker file by way of a blob: ',
    'this file as a worker: ',
    'this file as a worker by way of a blob: ',
  ]
  const named = places.filter((place) => reason.includes(place))
  return named.sort((a, b) => reason.indexOf(a) - reason.indexOf(b)).map((place) => place.slice(0, -2))
}
