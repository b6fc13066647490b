/** A background session's downloads outlive a SIGKILL of their process: the next one goes on from what is durable. */
import { describe, expect, it } from 'vitest'
import { rangesOf, serve, unique } from '../support/session.ts'
import { Life } from './support/life.ts'
import { durableBytes, records, sha256, stateDirectory } from './support/state.ts'

const MiB = 1 << 20

/** Waits until the record on disk says that so much is durable. */
async function durable(life: Life, directory: string, bytes: number): Promise<void> {
  let total = 0
  while ((await durableBytes(directory)) < bytes) {
    const { bytes: next = 0 } = await life.when('didWriteData', (one) => (one.bytes ?? 0) > total)
    total = next
  }
}

describe('a download whose process was killed', () => {
  it('goes on in the next process, from the durable offset, and knows what it was', async () => {
    const directory = await stateDirectory()
    const identifier = unique('films')
    const file = await serve('killed.bin', { size: 30 * MiB, seed: 101, bytesPerSecond: 10 * MiB })
    const { hex, sri: integrity } = await file.sha256()
    const labels = { key: 'film', description: 'A film', metadata: { chapters: [1, 2], seen: false } }

    const first = await Life.start({ directory, identifier, delegate: 'keeping' })
    const before = await first.do.download(file.url, { ...labels, integrity })
    await durable(first, directory, 5 * MiB)
    await first.kill()
    const offset = await durableBytes(directory)
    const received = first.of('didWriteData').at(-1)?.bytes ?? 0

    const second = await Life.start({ directory, identifier, delegate: 'keeping' })
    expect(await second.do.tasks()).toEqual([{ ...before, ...labels, url: file.url, state: 'running' }])
    expect((await second.when('didResumeAtOffset')).bytes).toBe(offset)
    const { path, digest } = await second.when('didFinishDownloading')
    expect(digest).toBe(integrity)
    expect(await sha256(path ?? '')).toBe(hex)
    expect((await second.when('didComplete')).code).toBe(null)

    expect(await rangesOf(file)).toEqual([null, `bytes=${offset}-`])
    expect(received - offset).toBeLessThanOrEqual(16 * MiB)
    expect(await second.do.tasks()).toEqual([])
    expect(await second.do.files()).toMatchObject([{ key: 'film', size: 30 * MiB, digest: integrity }])
    await second.do.close()
    expect(await records(directory, 'task')).toEqual([])
  })

  it('arrives whole though every process that works on it is killed', async () => {
    const directory = await stateDirectory()
    const identifier = unique('unlucky')
    const file = await serve('unlucky.bin', { size: 12 * MiB, seed: 102, bytesPerSecond: 6 * MiB })
    const { hex } = await file.sha256()
    const first = await Life.start({ directory, identifier, delegate: 'keeping' })
    await first.do.download(file.url)
    let last = first
    for (const target of [1, 2, 5, 7, 8].map((count) => count * MiB)) {
      await last.when('didWriteData', ({ bytes = 0 }) => bytes >= target)
      await last.kill()
      last = await Life.start({ directory, identifier, delegate: 'keeping' })
    }
    const { path } = await last.when('didFinishDownloading')
    expect(await sha256(path ?? '')).toBe(hex)
    // Each life asked for what the one before had not made durable, and for nothing that was there.
    const offsets = (await rangesOf(file)).map((range) => Number(/\d+/.exec(range ?? 'bytes=0-')?.[0]))
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
  })

  it('waits for its date in the next life, too', async () => {
    const directory = await stateDirectory()
    const identifier = unique('patient')
    const file = await serve('patient.bin', { size: 1000 })
    const first = await Life.start({ directory, identifier })
    await first.do.download(file.url, { earliestBeginDate: new Date(Date.now() + 3_600_000) })
    await first.do.flush()
    await first.kill()
    const second = await Life.start({ directory, identifier })
    expect(await second.do.tasks()).toMatchObject([{ identifier: 1, state: 'running', url: file.url }])
    await second.do.cancel(1)
    expect((await second.when('failed')).code).toBe('cancelled')
    expect(await file.requests()).toEqual([])
  })

  it('gives its number to nobody else', async () => {
    const directory = await stateDirectory()
    const identifier = unique('numbers')
    const file = await serve('numbers.bin', { size: 100_000, stallAfter: 1000 })
    const first = await Life.start({ directory, identifier, delegate: 'keeping' })
    expect((await first.do.download(file.url)).identifier).toBe(1)
    await first.when('didWriteData')
    await first.kill()
    const second = await Life.start({ directory, identifier })
    await second.do.tasks()
    expect((await second.do.download(`${file.url}?second`)).identifier).toBe(2)
  })
})
