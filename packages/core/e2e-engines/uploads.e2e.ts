/** Uploads in Firefox and WebKit: true progress from a worker, and a background one that goes on after the browser was killed. */
import { createHash } from 'node:crypto'
import type { UploadTask } from '../src/entries/browser.ts'
import { startUploadServer } from '../../testing/src/upload-draft/index.ts'
import type { Tab } from './drivers/browser.ts'
import { expect, test } from './support/stage.ts'

const SIZE = 12_000_000
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const content = Uint8Array.from({ length: SIZE }, (_, index) => (index * 2_654_435_761) >>> 24)

function begin(tab: Tab, url: string): Promise<number> {
  return tab.evaluate(
    async ({ endpoint, size }) => {
      const { URLSession, SessionConfiguration } = globalThis.urlsession
      globalThis.session = new URLSession(SessionConfiguration.background('uploads'))
      await globalThis.session.tasks('upload')
      const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 2_654_435_761) >>> 24)
      const options = { protocol: 'resumable', key: 'film', chunkSize: 500_000, bytesPerSecond: 2_000_000 } as const
      const task = globalThis.session.uploadTask(endpoint, new Blob([bytes]), options).resume()
      for await (const _ of task.progress) if (task.accepted >= 4_000_000) return task.accepted
      throw task.error ?? new Error('it ended')
    },
    { endpoint: url, size: SIZE },
  )
}

function goOn(tab: Tab): Promise<{ found: (string | null)[]; first: number; status: number }> {
  return tab.evaluate(async () => {
    const { URLSession, SessionConfiguration } = globalThis.urlsession
    globalThis.session = new URLSession(SessionConfiguration.background('uploads'))
    const tasks: UploadTask[] = await globalThis.session.tasks('upload')
    const [task] = tasks
    if (!task) throw new Error('there is no upload')
    let first = 0
    for await (const _ of task.progress) first ||= task.accepted
    const { response } = await task.finished
    return { found: tasks.map(({ key }) => key), first, status: response.status }
  }, null)
}

test('killed in the middle, an upload goes on where the server is', async ({ launch, open, note }) => {
  const server = await startUploadServer()
  try {
    const first = await launch()
    await open(first.tab)
    const sent = await begin(first.tab, server.endpoint)
    await first.kill()
    const second = await launch()
    await open(second.tab)
    const { found, first: from, status } = await goOn(second.tab)
    expect([found, status]).toEqual([['film'], 200])
    expect(sha256(server.uploads.get('/files/1')?.bytes ?? new Uint8Array())).toBe(sha256(content))
    expect(server.violations).toEqual([])
    note(`killed after ${sent} bytes that the server had, went on at ${from}`)
  } finally {
    await server.stop()
  }
})

test('bytes are told while they leave', async ({ here, launch, open, note }) => {
  const { tab } = await launch()
  await open(tab)
  const seen = await tab.evaluate(async (url) => {
    const { URLSession } = globalThis.urlsession
    const task = new URLSession().uploadTask(url, new Blob([new Uint8Array(64_000_000)])).resume()
    const between = new Set<number>()
    for await (const { completed, total } of task.progress)
      if (completed > 0 && completed < (total ?? 0)) between.add(completed)
    await task.finished
    return between.size
  }, `${here.url}/sink`)
  expect(seen).toBeGreaterThan(0)
  note(`${seen} steps between the first byte and the last of 64 MB`)
})
