/**
 * A WebSocket task where there is no page: in a dedicated worker and in a service worker, which loads nothing once it runs, so that its
 * bundler must put all into one file.
 */
import { join } from 'node:path'
import { build } from 'vite'
import { startOrigin, type Origin } from '../../../testing/src/origin/index.ts'
import type { SocketBehaviour } from '../../../testing/src/origin/vocabulary.ts'
import { makeApp } from '../support/packed.ts'
import { expect, test } from '../support/stage.ts'

/** Answers a URL with what a socket to it said. */
const script = `
import { URLSession } from 'urlsession'
self.addEventListener('message', (event) => {
  const port = event.source ?? self
  const work = talk(event.data).then((told) => port.postMessage(told), (error) => port.postMessage({ error: String(error) }))
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
`

const socketOf = ({ url }: Origin, behaviour: SocketBehaviour): string =>
  `${url.replace(/^http/, 'ws')}/sockets/it?behaviour=${encodeURIComponent(JSON.stringify(behaviour))}`

const kinds = ['DedicatedWorkerGlobalScope', 'ServiceWorkerGlobalScope'] as const

for (const kind of kinds)
  test(`a WebSocket task in a ${kind}`, async ({ page }) => {
    const root = makeApp(`sockets-${kind}`, { 'worker.js': script })
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
      const told = await page.evaluate(
        async ({ isService, url }) => {
          if (!isService) {
            const worker = new Worker('/app/worker.js', { type: 'module' })
            const answer = new Promise((resolve, reject) => {
              worker.addEventListener('message', ({ data }) => resolve(data))
              worker.addEventListener('error', ({ message }) => reject(new Error(message)))
            })
            worker.postMessage(url)
            return answer
          }
          const answer = new Promise((resolve) =>
            navigator.serviceWorker.addEventListener('message', ({ data }) => resolve(data)),
          )
          navigator.serviceWorker.startMessages()
          const { installing } = await navigator.serviceWorker.register('/app/worker.js', { type: 'module' })
          installing?.postMessage(url)
          return answer
        },
        { isService: kind === 'ServiceWorkerGlobalScope', url: socketOf(origin, { protocol: 'chat' }) },
      )
      expect(told).toEqual({
        where: kind,
        opened: ['chat'],
        messages: ['one', [1, 2, 3]],
        end: { code: 3001, reason: 'done' },
      })
    } finally {
      await origin.stop()
    }
  })
