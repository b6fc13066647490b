/** What may be too much: `maximumSize`. What may be wrong: `integrity`. */
import type { URLError } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { breakAt, bytesOf, makeSession, origin, quick, rejection, serve } from '../support/session.ts'

describe('maximumSize', () => {
  const tooLong = { code: 'dataLengthExceedsMaximum', number: -1103, resumeData: null, retryable: false }

  it('refuses a longer file by its head, before a byte of it was read', async () => {
    const file = await serve('long.bin', { size: 200_000_000, bytesPerSecond: 100_000 })
    const task = makeSession().downloadTask(file.url, { maximumSize: 199_999_999 }).resume()
    const error = await rejection(task.finished)
    expect(error).toMatchObject({ ...tooLong, url: file.url })
    expect((error as URLError).message).toContain('200000000 bytes, and 199999999 bytes are allowed')
    expect(task.progress.snapshot().completed).toBe(0)
    await origin.when({ file: file.name, aborted: true })
  })

  it('refuses a file of unknown length as soon as it is longer', async () => {
    const file = await serve('endless.bin', { size: 50_000_000, framing: 'chunked' })
    const task = makeSession().downloadTask(file.url, { maximumSize: 1_000_000 }).resume()
    await expect(task.finished).rejects.toMatchObject(tooLong)
    expect(task.progress.snapshot().completed).toBeLessThanOrEqual(1_000_000)
    expect(await file.requests()).toHaveLength(1)
  })

  it('counts what a compressed body holds, not what it weighs on the wire', async () => {
    const { url } = await serve('bomb.txt', { body: '0'.repeat(3_000_000), encoding: 'gzip' })
    await expect(makeSession().download(url, { maximumSize: 100_000 })).rejects.toMatchObject(tooLong)
  })

  it('takes a file of just that size, and an empty one where nothing is allowed', async () => {
    const session = makeSession()
    const { file } = await session.download((await serve('just.bin', { size: 1000 })).url, { maximumSize: 1000 })
    expect(file.size).toBe(1000)
    await session.download((await serve('nothing.bin', { size: 0 })).url, { maximumSize: 0 })
  })
})

describe('integrity', () => {
  it.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)(
    '%s passes the right file, and tells its digest',
    async (name) => {
      const { url } = await serve('right.bin', { size: 700_000, seed: 51 })
      const integrity = await sri(name, contentAt(51, 0, 700_000))
      const { file } = await makeSession().download(url, { integrity })
      expect(file.digest).toBe(integrity)
      expect(await bytesOf(await file.blob())).toEqual(contentAt(51, 0, 700_000))
    },
  )

  it('fails a file with one wrong bit, and there is no file', async () => {
    const file = await serve('bent.bin', { size: 700_000, seed: 52, corruptAt: 333_333 })
    const { sri: integrity } = await file.sha256()
    const files: unknown[] = []
    const session = makeSession(quick, { didFinishDownloading: (_task, got) => void files.push(got) })
    const error = await rejection(session.downloadTask(file.url, { integrity }).resume().finished)
    expect(error).toMatchObject({
      code: 'fileIntegrityMismatch',
      url: file.url,
      resumeData: null,
      bytesTransferred: 700_000,
    })
    expect((error as URLError).message).toContain(`expected ${integrity}, computed sha256-`)
    expect(files).toEqual([])
    expect(await file.requests()).toHaveLength(1)
  })

  it('fails an empty file that should not be, and passes one that should', async () => {
    const { url } = await serve('empty.bin', { size: 0 })
    const session = makeSession()
    const nothing = await sri('SHA-256', new Uint8Array())
    expect((await session.download(url, { integrity: nothing })).file.digest).toBe(nothing)
    const other = await sri('SHA-256', new Uint8Array(1))
    await expect(session.download(url, { integrity: other })).rejects.toMatchObject({ code: 'fileIntegrityMismatch' })
  })

  it('is of the decoded bytes', async () => {
    const body = 'what is meant is what the file holds\n'.repeat(1000)
    const { url } = await serve('decoded.txt', { body, encoding: 'gzip' })
    const integrity = await sri('SHA-256', new TextEncoder().encode(body))
    expect((await makeSession().download(url, { integrity })).file.digest).toBe(integrity)
  })

  it('goes over all bytes of a download that was broken and went on', async () => {
    const file = await serve('halves.bin', { size: 900_000, seed: 53 })
    await file.nextResponses([{ stallAfter: 400_000 }, { stallAfter: 300_000 }])
    const { sri: integrity } = await file.sha256()
    const task = makeSession(quick).downloadTask(file.url, { integrity }).resume()
    await breakAt(task, file, 400_000)
    await breakAt(task, file, 700_000)
    expect((await task.finished).file.digest).toBe(integrity)
    expect(await file.requests()).toHaveLength(3)
  })

  it('catches a part that was taken from elsewhere, though its headers are in order', async () => {
    const file = await serve('shifted.bin', { size: 900_000, seed: 54 })
    await file.nextResponses([{ stallAfter: 400_000 }, { partial: { bodyShift: 4096 } }])
    const { sri: integrity } = await file.sha256()
    const task = makeSession(quick).downloadTask(file.url, { integrity }).resume()
    await breakAt(task, file, 400_000)
    await expect(task.finished).rejects.toMatchObject({ code: 'fileIntegrityMismatch' })
  })

  it('takes any one of several digests, of which only the strongest kind counts', async () => {
    const { url } = await serve('several.bin', { size: 1000, seed: 55 })
    const bytes = contentAt(55, 0, 1000)
    const [right256, right512, wrong512] = [
      await sri('SHA-256', bytes),
      await sri('SHA-512', bytes),
      await sri('SHA-512', new Uint8Array(5)),
    ]
    const session = makeSession()
    const { file } = await session.download(url, { integrity: `${wrong512} ${right512}?with=options` })
    expect(file.digest).toBe(right512)
    const weakerAlone = session.download(url, { integrity: `${right256} ${wrong512}` })
    await expect(weakerAlone).rejects.toMatchObject({ code: 'fileIntegrityMismatch' })
  })
})

async function sri(name: 'SHA-256' | 'SHA-384' | 'SHA-512', bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest(name, bytes))
  return `${name.toLowerCase().replace('-', '')}-${btoa(String.fromCharCode(...digest))}`
}
