/** What can be done with a file that was downloaded, and how long it stays. */
import { SessionConfiguration, type DownloadedFile } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { bytesOf, inNode, makeSession, serve, unique } from '../support/session.ts'

const gone = { code: 'fileDoesNotExist', phase: 'storage' }

async function streamed(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer())
}

describe('a downloaded file', () => {
  it('can be read as a blob and as a stream, as often as one likes', async () => {
    const { url } = await serve('read.bin', { size: 1_300_000, seed: 11, contentType: 'application/x-film' })
    const { file } = await makeSession().download(url)
    const whole = contentAt(11, 0, 1_300_000)
    const blob = await file.blob()
    expect(blob.type).toBe('application/x-film')
    expect(await bytesOf(blob)).toEqual(whole)
    expect(await bytesOf(blob.slice(1_000_000, 1_000_100))).toEqual(whole.slice(1_000_000, 1_000_100))
    expect(await streamed(file.stream())).toEqual(whole)
    expect(await streamed(file.stream())).toEqual(whole)
    expect(file).toMatchObject({ size: 1_300_000, type: 'application/x-film', digest: null })
    expect(file.path === null).toBe(!inNode)
  })

  it('can be read in part: a stream that is given up lets go of the file', async () => {
    const { file } = await makeSession().download((await serve('part.bin', { size: 1_300_000, seed: 12 })).url)
    const reader = file.stream().getReader()
    const { value } = await reader.read()
    expect(value?.[0]).toBe(contentAt(12, 0, 1)[0])
    await reader.cancel()
    await file.remove()
    await expect(file.blob()).rejects.toMatchObject(gone)
  })

  it('is gone once it was removed, and removing it again is harmless', async () => {
    const { file } = await makeSession().download((await serve('removed.bin', { size: 1000 })).url)
    await file.remove()
    await file.remove()
    await expect(file.blob()).rejects.toMatchObject(gone)
    await expect(file.keep('late')).rejects.toMatchObject(gone)
    await expect(file.stream().getReader().read()).rejects.toMatchObject(gone)
    if (inNode) await expect(file.save('/tmp/never')).rejects.toMatchObject(gone)
  })

  it('stays after `download()` until its session ends', async () => {
    const session = makeSession()
    const { file } = await session.download((await serve('loose.bin', { size: 1000 })).url)
    await session.download((await serve('other.bin', { size: 10 })).url)
    expect((await file.blob()).size).toBe(1000)
    await session.close()
    await expect(file.blob()).rejects.toMatchObject({ code: expect.any(String) })
    const { file: other } = await makeSession().download((await serve('next.bin', { size: 10 })).url)
    expect((await other.blob()).size).toBe(10)
  })

  it('stays for a task without a delegate that takes it, too', async () => {
    const task = makeSession(undefined, { didComplete() {} }).downloadTask(
      (await serve('free.bin', { size: 1000 })).url,
    )
    const { file } = await task.resume().finished
    expect((await file.blob()).size).toBe(1000)
  })

  it('goes when didFinishDownloading has settled, unless it was kept there', async () => {
    const key = unique('key')
    const files: DownloadedFile[] = []
    const session = makeSession(undefined, {
      async didFinishDownloading(task, file) {
        files.push(file)
        expect((await file.blob()).size).toBe(1000)
        if (task.description === 'keep') await file.keep(key)
      },
    })
    const { url } = await serve('taken.bin', { size: 1000 })
    await session.downloadTask(url).resume().finished
    await session.downloadTask(url, { description: 'keep' }).resume().finished
    await expect(files[0]?.blob()).rejects.toMatchObject(gone)
    expect((await files[1]?.blob())?.size).toBe(1000)
    expect((await session.files.get(key))?.size).toBe(1000)
    await files[1]?.remove()
    expect(await session.files.get(key)).toBe(null)
  })

  it('refuses a key that is none', async () => {
    const { file } = await makeSession().download((await serve('keyless.bin', { size: 10 })).url)
    await expect(file.keep('')).rejects.toThrow(TypeError)
    await expect(file.keep('x'.repeat(513))).rejects.toThrow(/1 to 512 characters/)
    await expect(file.keep(7 as never)).rejects.toThrow(/was 7/)
  })

  it('of an ephemeral session goes with it, kept or not', async () => {
    const session = makeSession(SessionConfiguration.ephemeral())
    const { file } = await session.download((await serve('kept.bin', { size: 1000 })).url)
    await file.keep('mine')
    expect(await session.files.list()).toMatchObject([{ key: 'mine', size: 1000 }])
    await session.close()
    expect(await makeSession(SessionConfiguration.ephemeral()).files.list()).toEqual([])
    expect(await makeSession().files.get('mine')).toBe(null)
  })
})
