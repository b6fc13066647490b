/** An upload outlives its page, its browser and its worker: the server is asked what it has, and nobody has to pick the file again. */
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import type { Page } from 'playwright/test'
import type { UploadTask } from '../../src/entries/browser.ts'
import { startTus, type TusServer } from '../../test/support/servers/tus-server.ts'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { test as base } from '../support/profile.ts'
import { expect } from '../support/stage.ts'

const mebi = 1 << 20
const SIZE = 24 * mebi
const content = contentAt(9, 0, SIZE)
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const test = base.extend<{ tus: TusServer; path: string }>({
  // oxlint-disable-next-line no-empty-pattern
  tus: async ({}, use) => {
    const tus = await startTus()
    await use(tus)
    await tus.stop()
  },
  // oxlint-disable-next-line no-empty-pattern
  path: async ({}, use, info) => {
    const path = info.outputPath('film.mp4')
    await writeFile(path, content)
    await use(path)
  },
})

/** Begins the upload of a file that a person picked, and leaves it running. */
async function begin(page: Page, endpoint: string, path: string, bytesPerSecond = 4 * mebi): Promise<void> {
  await page.setContent('<input type="file">')
  await page.setInputFiles('input', path)
  await page.evaluate(
    async ({ url, cap }) => {
      const { URLSession, SessionConfiguration } = globalThis.urlsession
      globalThis.session = new URLSession(SessionConfiguration.background('uploads'))
      await globalThis.session.tasks('upload')
      const file = document.querySelector('input')?.files?.[0]
      if (!file) throw new Error('no file was picked')
      const options = { protocol: 'tus', key: 'film', chunkSize: 1 << 20, bytesPerSecond: cap } as const
      Reflect.set(globalThis, 'upload', globalThis.session.uploadTask(url, file, options).resume())
    },
    { url: endpoint, cap: bytesPerSecond },
  )
}

/** Resolves when the server has so many bytes. */
const accepted = (page: Page, bytes: number): Promise<void> =>
  page.evaluate(async (wanted) => {
    const task = Reflect.get(globalThis, 'upload') as UploadTask
    for await (const _ of task.progress) if (task.accepted >= wanted) return
    throw new Error(`it ended: ${task.error?.message ?? 'well'}`)
  }, bytes)

/** Finds it in a new life; what the server has by then, and what came of it. */
const goOn = (page: Page): Promise<{ found: object; first: number; url: string }> =>
  page.evaluate(async () => {
    const { URLSession, SessionConfiguration } = globalThis.urlsession
    globalThis.session = new URLSession(SessionConfiguration.background('uploads'))
    const [task] = await globalThis.session.tasks('upload')
    if (!task) throw new Error('there is no upload')
    const found = { key: task.key, state: task.state }
    let first = 0
    for await (const _ of task.progress) first ||= task.accepted
    const { response } = await task.finished
    return { found, first, url: response.url }
  })

test('a reload', async ({ profile, stage, tus, path }) => {
  const { open } = await stage()
  const page = await profile.launch()
  await open(page)
  await begin(page, tus.endpoint, path)
  await accepted(page, 4 * mebi)
  await open(page)
  const { found, first, url } = await goOn(page)
  expect(found).toEqual({ key: 'film', state: 'running' })
  expect(first).toBeGreaterThanOrEqual(4 * mebi)
  expect(sha256(await tus.bytes(url))).toBe(sha256(content))
})

test('a browser that is killed', async ({ profile, stage, tus, path }) => {
  const { open } = await stage()
  let page = await profile.launch()
  await open(page)
  await begin(page, tus.endpoint, path)
  await accepted(page, 8 * mebi)
  await profile.kill()
  page = await profile.launch()
  await open(page)
  const { first, url } = await goOn(page)
  expect(first).toBeGreaterThanOrEqual(8 * mebi)
  expect(sha256(await tus.bytes(url))).toBe(sha256(content))
  // At most one part was sent twice; headers are a few hundred bytes for each of the others.
  expect(tus.received()).toBeLessThan(SIZE + mebi + 100_000)
})

const withWorkers = `
import * as it from 'HERE/urlsession/urlsession.js'
globalThis.workers = []
globalThis.engine = {
  createWorker() {
    const worker = new Worker('HERE/urlsession/worker.js', { type: 'module' })
    workers.push(worker)
    return worker
  },
}`

test('a worker that is killed, and the page has the file still', async ({ page, stage, tus }) => {
  const { open } = await stage({ script: withWorkers })
  await open()
  const url = await page.evaluate(async (endpoint) => {
    const { URLSession } = globalThis.urlsession
    const session = new URLSession({ engine: globalThis.engine ?? {} })
    const file = new Blob([new Uint8Array(3_000_000).fill(7)])
    const options = { protocol: 'tus', chunkSize: 500_000, bytesPerSecond: 2_000_000 } as const
    const task = session.uploadTask(endpoint, file, options).resume()
    for await (const _ of task.progress) if (task.accepted >= 1_000_000) break
    ;(globalThis as unknown as { workers: Worker[] }).workers[0]?.terminate()
    const { response } = await task.finished
    return response.url
  }, tus.endpoint)
  const bytes = await tus.bytes(url)
  expect([bytes.length, ...new Set(bytes)]).toEqual([3_000_000, 7])
})

test('a network that goes away and comes back', async ({ page, context, stage, tus }) => {
  const { open } = await stage()
  await open()
  const begun = page.evaluate(async (endpoint) => {
    const { URLSession } = globalThis.urlsession
    const session = new URLSession({ waitsForConnectivity: true })
    const file = new Blob([new Uint8Array(3_000_000).fill(7)])
    const options = { protocol: 'tus', chunkSize: 500_000, bytesPerSecond: 1_000_000 } as const
    const task = session.uploadTask(endpoint, file, options).resume()
    Reflect.set(globalThis, 'upload', task)
    const { response } = await task.finished
    return response.url
  }, tus.endpoint)
  await page.waitForFunction(
    () => ((Reflect.get(globalThis, 'upload') as UploadTask | undefined)?.accepted ?? 0) >= 500_000,
  )
  await context.setOffline(true)
  await page.waitForFunction(() => (Reflect.get(globalThis, 'upload') as UploadTask).waitingFor === 'connectivity')
  await context.setOffline(false)
  expect((await tus.bytes(await begun)).length).toBe(3_000_000)
})

test('resume data goes on with the same file, and with no other', async ({ profile, stage, tus }) => {
  const { open } = await stage()
  const page = await profile.launch()
  await open(page)
  const outcome = await page.evaluate(async (url) => {
    const { URLSession, SessionConfiguration } = globalThis.urlsession
    const bytes = (fill: number): Uint8Array<ArrayBuffer> => new Uint8Array(3_000_000).fill(fill)
    const first = new URLSession(SessionConfiguration.default())
    const task = first.uploadTask(url, new Blob([bytes(1)]), {
      protocol: 'tus',
      chunkSize: 500_000,
      bytesPerSecond: 1_000_000,
    })
    task.resume()
    for await (const _ of task.progress) if (task.accepted >= 1_000_000) break
    const resumeData = await task.cancelProducingResumeData()
    if (!resumeData) throw new Error('no resume data')
    const other = await first.upload(resumeData, new Blob([bytes(2)]), { protocol: 'tus' }).then(
      () => 'well',
      (error: { code: string }) => error.code,
    )
    const { response } = await first.upload(structuredClone(resumeData), new Blob([bytes(1)]), { protocol: 'tus' })
    return { received: resumeData.received, other, url: response.url }
  }, tus.endpoint)
  expect(outcome.received).toBeGreaterThanOrEqual(1_000_000)
  expect(outcome.other).toBe('fileChanged')
  expect([...new Set(await tus.bytes(outcome.url))]).toEqual([1])
})
