/** A background identifier belongs to one process at a time; who comes second is told, and can have it later. */
import { describe, expect, it } from 'vitest'
import { rangesOf, serve, unique } from '../support/session.ts'
import { Life } from './support/life.ts'
import { sha256, stateDirectory } from './support/state.ts'

const inUse = { code: 'backgroundSessionInUseByAnotherProcess' }

describe('a second process with the same identifier', () => {
  it('is told so by tasks() and by each of its tasks, and asks for nothing', async () => {
    const directory = await stateDirectory()
    const identifier = unique('shared')
    const [mine, theirs] = [
      await serve('mine.bin', { size: 300_000, stallAfter: 100_000 }),
      await serve('b.bin', { size: 9 }),
    ]
    const first = await Life.start({ directory, identifier, delegate: 'keeping' })
    await first.do.download(mine.url)
    await first.when('didWriteData')

    const second = await Life.start({ directory, identifier, delegate: 'keeping' })
    await expect(second.do.tasks()).rejects.toMatchObject(inUse)
    await second.do.download(theirs.url)
    expect(await second.when('failed')).toMatchObject(inUse)
    expect(await second.when('didComplete')).toMatchObject(inUse)
    expect(await theirs.requests()).toEqual([])

    await mine.releaseStalls()
    expect((await first.when('didComplete')).code).toBe(null)
    expect(await rangesOf(mine)).toEqual([null])
  })

  it.each(['ends in good order', 'is killed'])(
    'has it once the first %s, and goes on with its downloads',
    async (how) => {
      const directory = await stateDirectory()
      const identifier = unique('handed')
      const file = await serve('handed.bin', { size: 900_000, seed: 111, stallAfter: 300_000 })
      const { hex } = await file.sha256()
      const first = await Life.start({ directory, identifier, delegate: 'keeping' })
      await first.do.download(file.url, { key: 'handed' })
      await first.when('didWriteData', ({ bytes = 0 }) => bytes >= 300_000)
      const second = await Life.start({ directory, identifier, delegate: 'keeping' })
      await expect(second.do.tasks()).rejects.toMatchObject(inUse)
      await first.do.flush()
      await file.behaveWell()
      if (how === 'is killed') await first.kill()
      else await first.leave()
      expect(await second.do.tasks()).toMatchObject([{ key: 'handed', url: file.url }])
      const { path } = await second.when('didFinishDownloading')
      expect(await sha256(path ?? '')).toBe(hex)
      expect(await rangesOf(file)).toEqual([null, 'bytes=300000-'])
    },
  )

  it('is none where the identifiers differ, or the directories', async () => {
    const directory = await stateDirectory()
    const identifier = unique('own')
    const lives = [
      await Life.start({ directory, identifier }),
      await Life.start({ directory, identifier: `${identifier}-2` }),
      await Life.start({ directory: await stateDirectory(), identifier }),
    ]
    for (const life of lives) expect(await life.do.tasks()).toEqual([])
  })
})
