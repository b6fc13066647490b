/** The files that were kept: found by key, by whoever shares the library, as long as nobody deletes them. */
import { SessionConfiguration, type URLSession } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { bytesOf, inNode, makeSession, node, serve, unique } from '../support/session.ts'

/** Downloads a file and keeps it. */
async function keep(session: URLSession, key: string, seed = 1, size = 2000): Promise<void> {
  const { file } = await session.download((await serve('kept.bin', { size, seed, contentType: 'text/x' })).url)
  await file.keep(key)
}

describe('kept files', () => {
  it('are found by key, after their session too, with all that was known of them', async () => {
    const key = unique('film')
    const first = makeSession()
    const before = Date.now()
    await keep(first, key, 21)
    await first.close()
    const { files } = makeSession()
    const found = (await files.get(key)) ?? expect.fail('it was not found')
    expect(found?.keptAt).toBeInstanceOf(Date)
    expect(found).toMatchObject({ key, size: 2000, type: 'text/x', digest: null })
    expect(found.name).toMatch(/kept\.bin$/)
    expect(found.keptAt.getTime()).toBeGreaterThanOrEqual(before)
    expect(await bytesOf(await found.blob())).toEqual(contentAt(21, 0, 2000))
    expect(await files.delete(key)).toBe(true)
  })

  it('are listed with the newest first', async () => {
    const session = makeSession()
    const keys = [unique('a'), unique('b'), unique('c')]
    for (const key of keys) await keep(session, key)
    const mine = (await session.files.list()).filter(({ key }) => keys.includes(key))
    const times = mine.map(({ keptAt }) => keptAt.getTime())
    expect(mine.map(({ key }) => key).toSorted()).toEqual(keys.toSorted())
    expect(times).toEqual(times.toSorted((a, b) => b - a))
    for (const key of keys) await session.files.delete(key)
  })

  it('give way to another that is kept under the same key, and the old one is gone', async () => {
    const key = unique('replaced')
    const session = makeSession()
    await keep(session, key, 31, 1000)
    const old = await session.files.get(key)
    await keep(session, key, 32, 3000)
    const now = await session.files.get(key)
    expect(await bytesOf((await now?.blob()) ?? new Blob())).toEqual(contentAt(32, 0, 3000))
    expect((await session.files.list()).filter((file) => file.key === key)).toHaveLength(1)
    await expect(old?.blob()).rejects.toMatchObject({ code: 'fileDoesNotExist' })
    await session.files.delete(key)
  })

  it('can be given another key, under which alone they are found then', async () => {
    const [before, after] = [unique('before'), unique('after')]
    const session = makeSession()
    await keep(session, before, 33)
    await (await session.files.get(before))?.keep(after)
    expect(await session.files.get(before)).toBe(null)
    expect((await session.files.get(after))?.size).toBe(2000)
    await session.files.delete(after)
  })

  it('are gone once they are deleted, and deleting what is not there says so', async () => {
    const key = unique('deleted')
    const session = makeSession()
    await keep(session, key)
    const file = await session.files.get(key)
    expect(await session.files.delete(key)).toBe(true)
    expect(await session.files.delete(key)).toBe(false)
    expect(await session.files.get(key)).toBe(null)
    expect(await session.files.url(key)).toBe(null)
    await expect(file?.blob()).rejects.toMatchObject({ code: 'fileDoesNotExist' })
  })

  it('have an address that can be loaded', async () => {
    const key = unique('addressed')
    const session = makeSession()
    await keep(session, key, 41)
    const url = (await session.files.url(key)) ?? expect.fail('there is none')
    if (node) {
      expect(url).toMatch(/^file:\/\/\//)
      expect(new Uint8Array(node('node:fs').readFileSync(new URL(url)))).toEqual(contentAt(41, 0, 2000))
    } else {
      expect(new Uint8Array(await (await fetch(url)).arrayBuffer())).toEqual(contentAt(41, 0, 2000))
      URL.revokeObjectURL(url)
    }
    await session.files.delete(key)
  })

  it('of a background session are its own', async () => {
    const key = unique('own')
    const configuration = SessionConfiguration.background(unique('library'))
    const session = makeSession(configuration, { didFinishDownloading: (_task, file) => file.keep(key) })
    await session.downloadTask((await serve('own.bin', { size: 500 })).url).resume().finished
    expect(await makeSession().files.get(key)).toBe(null)
    await session.close()
    const again = makeSession(configuration)
    expect(await again.files.list()).toMatchObject([{ key, size: 500 }])
    await again.files.delete(key)
  })

  it('refuse a key that is none', async () => {
    const { files } = makeSession()
    await expect(files.get('')).rejects.toThrow(/1 to 512 characters/)
    await expect(files.delete(null as never)).rejects.toThrow(TypeError)
    await expect(files.url('x'.repeat(513))).rejects.toThrow(TypeError)
  })

  it.runIf(inNode)('lie on disk under a name of ours, never one of the server’s', async () => {
    const session = makeSession()
    const { url } = await serve('disk.bin', { size: 10, disposition: 'attachment; filename="../../../evil.sh"' })
    const { file } = await session.download(url)
    expect(file.name).toBe('_.._.._evil.sh')
    expect(file.path).toMatch(/\/[0-9a-z-]{8,64}$/)
  })
})
