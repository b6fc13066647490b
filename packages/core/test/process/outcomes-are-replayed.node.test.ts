/** What nobody saw is told in the next life, once: outcomes, and that there are no more of them. */
import { describe, expect, it } from 'vitest'
import { serve, unique } from '../support/session.ts'
import { Life } from './support/life.ts'
import { records, sha256, stateDirectory } from './support/state.ts'

describe('an outcome that nobody saw', () => {
  it('is told in the next life, from the file that is there, and then didFinishEvents once', async () => {
    const directory = await stateDirectory()
    const identifier = unique('unseen')
    const file = await serve('unseen.bin', { size: 300_000, seed: 121 })
    const { hex } = await file.sha256()
    const first = await Life.start({ directory, identifier, delegate: 'hanging' })
    await first.do.download(file.url, { key: 'unseen' })
    await first.when('didFinishDownloading')
    await first.kill()

    const second = await Life.start({ directory, identifier, delegate: 'keeping' })
    const { path, task } = await second.when('didFinishDownloading')
    expect(task).toBe(1)
    expect(await sha256(path ?? '')).toBe(hex)
    await second.when('didFinishEvents')
    const calls = second.happenings.map(({ what }) => what).filter((what) => what.startsWith('did'))
    expect(calls).toEqual(['didFinishDownloading', 'didComplete', 'didFinishEvents'])
    expect(await file.requests()).toHaveLength(1)

    // It has been told now; the life after this one has nothing to tell but that.
    await second.do.flush()
    await second.kill()
    const third = await Life.start({ directory, identifier, delegate: 'keeping' })
    await third.when('didFinishEvents')
    expect(await third.do.tasks()).toEqual([])
    expect(third.of('didComplete')).toEqual([])
    expect(await third.do.files()).toMatchObject([{ key: 'unseen', size: 300_000 }])
    expect(await records(directory, 'task')).toEqual([])
  })

  it('is told to who asks for the tasks, where the session has no delegate', async () => {
    const directory = await stateDirectory()
    const identifier = unique('asked')
    const file = await serve('asked.bin', { size: 300_000, seed: 122 })
    const first = await Life.start({ directory, identifier, delegate: 'hanging' })
    await first.do.download(file.url, { key: 'asked' })
    await first.when('didFinishDownloading')
    await first.kill()
    const second = await Life.start({ directory, identifier })
    expect(await second.do.tasks()).toMatchObject([{ key: 'asked', identifier: 1 }])
    const { path } = await second.when('finished')
    expect(await sha256(path ?? '')).toBe((await file.sha256()).hex)
    expect(await file.requests()).toHaveLength(1)
  })

  it('may be a failure, too', async () => {
    const directory = await stateDirectory()
    const identifier = unique('failed')
    const file = await serve('failed.bin', { size: 300_000, status: 403 })
    const { sri: integrity } = await file.sha256()
    const first = await Life.start({ directory, identifier, delegate: 'stuck' })
    await first.do.download(file.url, { key: 'failed', integrity })
    await first.when('didFinishCollectingMetrics')
    await first.kill()
    const second = await Life.start({ directory, identifier, delegate: 'keeping' })
    expect(await second.when('didComplete')).toMatchObject({ code: 'fileIntegrityMismatch', task: 1 })
    await second.when('didFinishEvents')
    expect(second.of('didFinishDownloading')).toEqual([])
    expect(await file.requests()).toHaveLength(1)
  })
})

describe('didFinishEvents', () => {
  it('comes once where there was nothing to tell, and never from a default session', async () => {
    const directory = await stateDirectory()
    const life = await Life.start({ directory, identifier: unique('fresh'), delegate: 'keeping' })
    await life.when('didFinishEvents')
    const { url } = await serve('later.bin', { size: 10 })
    await life.do.download(url)
    await life.when('didComplete')
    expect(life.of('didFinishEvents')).toHaveLength(1)
    const plain = await Life.start({ directory, delegate: 'keeping' })
    await plain.do.download(url)
    await plain.when('didComplete')
    expect(plain.of('didFinishEvents')).toEqual([])
  })
})
