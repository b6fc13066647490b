/**
 * Tasks where there is no page: in a dedicated worker and in a service worker, which loads nothing once it runs, so that its bundler must
 * put all into one file.
 */
import { join } from 'node:path'
import type { Page } from 'playwright/test'
import { build } from 'vite'
import { startOrigin, type Origin } from '../../../testing/src/origin/index.ts'
import type { SocketBehaviour } from '../../../testing/src/origin/vocabulary.ts'
import { startTus } from '../../test/support/servers/tus-server.ts'
import { makeApp } from '../support/packed.ts'
import { expect, test } from '../support/stage.ts'

/** Does what it is told by name, and answers with what came of it. */
const script = `
import { SessionConfiguration, URLSession } from 'urlsession'
self.addEventListener('message', (event) => {
  const port = event.source ?? self
  const { what, url } = event.data
  const work = { talk, upload }[what](url).then((told) => port.postMessage(told), (error) => port.postMessage({ error: String(error) }))
  event.waitUntil?.(work)
})
async function talk(url) {
  const opened = []
  const session = new URLSession(undefined, { didOpen: (task, protocol) => void opened.push(protocol) })
  const task = session.webSocketTask(url, { protocols: ['chat'] }).resume()
  await task.send('one')
  await task.send(new Uint8Array([1, 2, 3]))
  const messages = [await task.receive(), [...(await task.receive())]]
  task.close(3001, 'done')
  const end = await task.finished
  await session.close()
  return { where: self.constructor.name, opened, messages, end }
}
async function upload(url) {
  const told = []
  let heard = Promise.withResolvers()
  // Progress is told a few times a second: a part waits until those before it were, or quick ones would be told together.
  const adapt = async ({ headers }) => {
    const offset = Number(new Headers(headers).get('upload-offset'))
    while (offset > 0 && offset > told.at(-1)) await heard.promise
  }
  const session = new URLSession(SessionConfiguration.background('in-a-worker', { adapters: [{ adapt }] }), {})
  const task = session.uploadTask(url, new Blob([new Uint8Array(3_000_000).fill(7)]), { protocol: 'tus', chunkSize: 1_000_000 })
  task.resume()
  for await (const { completed } of task.progress) {
    if (told.at(-1) !== completed) told.push(completed)
    heard.resolve()
    heard = Promise.withResolvers()
  }
  const { response } = await task.finished
  const { uploadProgress } = session.capabilities
  await session.close()
  return { where: self.constructor.name, uploadProgress, accepted: task.accepted, told, url: response.url }
}
`

const socketOf = ({ url }: Origin, behaviour: SocketBehaviour): string =>
  `${url.replace(/^http/, 'ws')}/sockets/it?behaviour=${encodeURIComponent(JSON.stringify(behaviour))}`

const kinds = ['DedicatedWorkerGlobalScope', 'ServiceWorkerGlobalScope'] as const

interface Work {
  readonly what: 'talk' | 'upload'
  readonly url: string
}

/** Runs the script where it is to run, and resolves with its answer. */
async function answerOf(page: Page, kind: (typeof kinds)[number], work: (origin: Origin) => Work): Promise<unknown> {
  const root = makeApp(`tasks-${test.info().testId}`, { 'worker.js': script })
  const output = { entryFileNames: 'worker.js', codeSplitting: false }
  await build({
    root,
    base: './',
    configFile: false,
    logLevel: 'warn',
    build: { rolldownOptions: { input: join(root, 'worker.js'), output } },
  })
  const origin = await startOrigin({
    staticDirs: { '/app/': join(root, 'dist') },
    routes: {
      '/page/': async (exchange) => {
        exchange.head(200, [['Content-Type', 'text/html']])
        await exchange.write(Buffer.from('<!doctype html>'))
        exchange.end()
      },
    },
  })
  try {
    await page.goto(`${origin.url}/page/`)
    return await page.evaluate(
      async ({ isService, message }) => {
        if (!isService) {
          const worker = new Worker('/app/worker.js', { type: 'module' })
          const answer = new Promise((resolve, reject) => {
            worker.addEventListener('message', ({ data }) => resolve(data))
            worker.addEventListener('error', ({ message: why }) => reject(new Error(why)))
          })
          worker.postMessage(message)
          return answer
        }
        const answer = new Promise((resolve) =>
          navigator.serviceWorker.addEventListener('message', ({ data }) => resolve(data)),
        )
        navigator.serviceWorker.startMessages()
        const { installing } = await navigator.serviceWorker.register('/app/worker.js', { type: 'module' })
        installing?.postMessage(message)
        return answer
      },
      { isService: kind === 'ServiceWorkerGlobalScope', message: work(origin) },
    )
  } finally {
    await origin.stop()
  }
}

for (const kind of kinds) {
  test(`a WebSocket task in a ${kind}`, async ({ page }) => {
    const told = await answerOf(page, kind, (origin) => ({ what: 'talk', url: socketOf(origin, { protocol: 'chat' }) }))
    expect(told).toEqual({
      where: kind,
      opened: ['chat'],
      messages: ['one', [1, 2, 3]],
      end: { code: 3001, reason: 'done' },
    })
  })

  test(`an upload task in a ${kind}`, async ({ page }) => {
    const tus = await startTus()
    try {
      const told = await answerOf(page, kind, () => ({ what: 'upload', url: tus.endpoint }))
      const coarse = kind === 'ServiceWorkerGlobalScope'
      expect(told).toMatchObject({ where: kind, uploadProgress: coarse ? 'coarse' : 'bytes', accepted: 3_000_000 })
      const { url, told: steps } = told as { url: string; told: number[] }
      // Where bytes cannot be counted while they leave, they are counted when the server has them.
      expect(steps).toEqual(coarse ? [0, 1_000_000, 2_000_000, 3_000_000] : expect.arrayContaining([3_000_000]))
      expect([...new Set(await tus.bytes(url))]).toEqual([7])
    } finally {
      await tus.stop()
    }
  })
}
