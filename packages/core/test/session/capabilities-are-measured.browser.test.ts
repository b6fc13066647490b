/** Each row of `session.capabilities` in a browser, measured by doing it; what was found in Chromium is what the document says. */
import { expect, it, onTestFinished } from 'vitest'
import { bytesOf, makeSession, origin, rangesOf, serve, unique } from '../support/session.ts'
import { realServer } from '../support/real-server.ts'
import { SessionConfiguration, type URLSession as Session } from 'urlsession'
import {
  TRACE,
  cookieOwner,
  measured,
  sendsStreams,
  sharedMeasures,
  whileLoading,
  withTrace,
} from './support/measures.ts'

type Library = typeof import('urlsession')

const http2 = await realServer('http2')

/** Whether a file in the site's private file system has these bytes. */
async function holds(folder: FileSystemDirectoryHandle, bytes: Uint8Array): Promise<boolean> {
  for await (const handle of folder.values()) {
    if (handle instanceof FileSystemDirectoryHandle) {
      if (await holds(handle, bytes)) return true
    } else if (handle instanceof FileSystemFileHandle) {
      const content = await bytesOf(await handle.getFile())
      if (content.length === bytes.length && content.every((byte, index) => byte === bytes[index])) return true
    }
  }
  return false
}

/** Workers that are started until the test ends. */
function workersStarted(): Worker[] {
  const started: Worker[] = []
  const own = globalThis.Worker
  globalThis.Worker = class extends own {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given)
      started.push(this)
    }
  }
  onTestFinished(() => void (globalThis.Worker = own))
  return started
}

/** Another page of the site, which ends with all that it has when its frame goes. */
async function anotherPage(): Promise<{ library: Library; createWorker: () => Worker; end: () => void }> {
  const frame = document.createElement('iframe')
  document.body.append(frame)
  const inside = frame.contentWindow as unknown as { urlsession?: Library } & Record<string, unknown>
  // What the test runner puts before each dynamic import.
  inside['__vitest_browser_runner__'] = (globalThis as unknown as Record<string, unknown>)['__vitest_browser_runner__']
  const loaded = new Promise<void>((resolve) => (inside['loaded'] = resolve))
  const script = frame.contentDocument?.createElement('script') ?? document.createElement('script')
  script.type = 'module'
  const entry = new URL('../../src/entries/browser.ts', import.meta.url).href
  script.textContent = `import * as library from ${JSON.stringify(entry)}; self.urlsession = library; self.loaded()`
  frame.contentDocument?.head.append(script)
  await loaded
  // A page without an address of its own finds no worker file; and the worker has to be the frame's, to end with it.
  const worker = new URL('../../src/entries/worker.ts', import.meta.url).href
  const createWorker = (): Worker => new (inside as unknown as typeof globalThis).Worker(worker, { type: 'module' })
  return { library: inside.urlsession as Library, createWorker, end: () => frame.remove() }
}

/** A transfer of a life that ended without a word is gone on with, not begun again. */
async function survivesRestart(): Promise<boolean> {
  const identifier = unique('survivor')
  const file = await serve('survivor.bin', { size: 3_000_000 })
  await file.nextResponses([{ stallAfter: 2_000_000 }])
  const { library, createWorker, end } = await anotherPage()
  const session: Session = new library.URLSession(
    library.SessionConfiguration.background(identifier, { engine: { createWorker } }),
  )
  const first = session.downloadTask(file.url, { key: 'survivor' }).resume()
  // The last bytes before a silence may come late.
  for await (const { completed } of first.progress) if (completed >= 1_000_000) break
  await session.flush()
  end()
  const next = makeSession(SessionConfiguration.background(identifier))
  // The first page's lock goes a moment after its frame.
  const unlessHeld = (error: unknown): null => {
    expect(error).toMatchObject({ code: 'backgroundSessionInUseByAnotherProcess' })
    return null
  }
  let tasks = null
  while (tasks === null) tasks = await next.tasks('download').catch(unlessHeld)
  expect(tasks.map(({ key }) => key)).toEqual(['survivor'])
  await tasks[0]?.finished
  const from = Number(/^bytes=(\d+)-$/.exec((await rangesOf(file)).at(-1) ?? '')?.[1] ?? 0)
  return from >= 1_000_000
}

const { found } = measured({
  ...sharedMeasures,
  // The page's own site, where its browser keeps cookies: another port makes no other site.
  cookies: () => cookieOwner(origin.url.replace('127.0.0.1', location.hostname), { credentials: 'include' }),
  requestStreams: () => sendsStreams(`${http2.url}/echo`),

  async backgroundFetch() {
    type Fetching = ServiceWorkerRegistration & { backgroundFetch?: { getIds(): Promise<string[]> } }
    const ids = await whileLoading(async () => {
      const registrations = (await navigator.serviceWorker.getRegistrations()) as Fetching[]
      return Promise.all(registrations.map(async (one) => (await one.backgroundFetch?.getIds()) ?? []))
    })
    return ids.flat().length > 0
  },

  async fileStore() {
    const root = await navigator.storage.getDirectory()
    return (await withTrace({}, () => holds(root, TRACE))) ? 'opfs' : 'memory'
  },

  async engine() {
    const workers = workersStarted()
    return (await whileLoading(async () => workers.length)) > 0 ? 'worker' : 'inline'
  },
  survivesRestart,
})

it.runIf(/Chrome\//.test(navigator.userAgent))('is what the document says of Chromium', async () => {
  const text = `${JSON.stringify(await found(), null, 2)}\n`
  await expect(text).toMatchFileSnapshot('measured/chromium.json')
})
