/** Each row of `session.capabilities` in Node, measured by doing it; what was found is what the document says of Node. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Life } from '../process/support/life.ts'
import { durableBytes, stateDirectory } from '../process/support/state.ts'
import { origin, rangesOf, serve, unique } from '../support/session.ts'
import { echoURL } from './support/data.ts'
import {
  TRACE,
  cookieOwner,
  measured,
  sendsStreams,
  sharedMeasures,
  whileLoading,
  withTrace,
} from './support/measures.ts'

/** Whether a file below has these bytes. */
async function holds(directory: string, bytes: Uint8Array): Promise<boolean> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const all = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name))))
  return all.some((content) => content.equals(bytes))
}

/** A transfer of a life that ended without a word is gone on with, not begun again. */
async function survivesRestart(): Promise<boolean> {
  const directory = await stateDirectory()
  const identifier = unique('survivor')
  const file = await serve('survivor.bin', { size: 3_000_000 })
  await file.nextResponses([{ stallAfter: 2_000_000 }])
  const first = await Life.start({ directory, identifier, delegate: 'keeping' })
  await first.do.download(file.url)
  await first.when('didWriteData', ({ bytes = 0 }) => bytes >= 2_000_000)
  await first.do.flush()
  expect(await durableBytes(directory)).toBe(2_000_000)
  await first.kill()
  const second = await Life.start({ directory, identifier, delegate: 'keeping' })
  await second.when('didComplete', ({ code }) => code === null)
  await second.do.close()
  return (await rangesOf(file)).at(-1) === 'bytes=2000000-'
}

const { found } = measured({
  ...sharedMeasures,
  cookies: () => cookieOwner(origin.url, { cookies: {} }),
  requestStreams: () => sendsStreams(echoURL),
  backgroundFetch: async () => 'BackgroundFetchManager' in globalThis,

  async fileStore() {
    const directory = await stateDirectory()
    return (await withTrace({ directory }, () => holds(directory, TRACE))) ? 'disk' : 'memory'
  },

  /** Threads, while a transfer is under way. */
  async engine() {
    const threads = (): number => (process.report.getReport() as { workers: unknown[] }).workers.length
    // It would look names up.
    Object.assign(process.report, { excludeNetwork: true })
    const before = threads()
    return (await whileLoading(async () => threads())) > before ? 'worker' : 'inline'
  },
  survivesRestart,
})

it('is what the document says of Node', async () => {
  const text = `${JSON.stringify(await found(), null, 2)}\n`
  await expect(text).toMatchFileSnapshot('measured/node.json')
})
