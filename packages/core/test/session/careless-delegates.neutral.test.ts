/** What callers forget must not cost them their file. */
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { bytesOf, makeSession, serve, unique } from '../support/session.ts'

describe('a file', () => {
  it('is kept although its delegate did not wait for that', async () => {
    const session = makeSession(undefined, {
      didFinishDownloading: (task, file) => void file.keep(task.key ?? ''),
    })
    const keys = Array.from({ length: 8 }, () => unique('careless'))
    const { url } = await serve('careless.bin', { size: 5000, seed: 3 })
    await Promise.all(keys.map((key) => session.downloadTask(url, { key }).resume().finished))
    for (const key of keys) {
      const kept = (await session.files.get(key)) ?? expect.fail(`the file of ${key} is gone`)
      expect(await bytesOf(await kept.blob())).toEqual(contentAt(3, 0, 5000))
      await session.files.delete(key)
    }
  })

  it('kept at the same time as others under one key is the only one of that key', async () => {
    const key = unique('crowded')
    const session = makeSession()
    const { url } = await serve('crowded.bin', { size: 5000, seed: 4 })
    const files = await Promise.all(Array.from({ length: 6 }, async () => (await session.download(url)).file))
    await Promise.all(files.map((file) => file.keep(key)))
    const kept = (await session.files.list()).filter((file) => file.key === key)
    expect(kept).toHaveLength(1)
    expect((await kept[0]?.blob())?.size).toBe(5000)
    await session.files.delete(key)
  })

  it('removed while it is being kept is either there or not, and never half', async () => {
    const key = unique('wavering')
    const session = makeSession()
    const { file } = await session.download((await serve('wavering.bin', { size: 5000 })).url)
    await Promise.allSettled([file.keep(key), file.remove()])
    const kept = await session.files.get(key)
    if (kept) expect((await kept.blob()).size).toBe(5000)
    await session.files.delete(key)
  })
})

describe('a hundred downloads at once', () => {
  it('all arrive, and no more connections are open than the session allows', async () => {
    const files = await Promise.all(
      Array.from({ length: 100 }, (_, seed) => serve(`many-${seed}.bin`, { size: 3000, seed })),
    )
    const session = makeSession()
    const got = await Promise.all(files.map(({ url }) => session.download(url)))
    for (const [seed, { file }] of got.entries())
      expect(await bytesOf(await file.blob())).toEqual(contentAt(seed, 0, 3000))
    expect(await session.tasks()).toEqual([])
  })
})
