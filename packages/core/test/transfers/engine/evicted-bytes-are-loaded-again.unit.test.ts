/** The platform took bytes away: it is noticed, said, and mended; nothing is believed that is not there. */
import type { FakeDisk } from '../../../../testing/src/fakes/fake-disk.ts'
import { serveContent } from '../../../../testing/src/fakes/served-content.ts'
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { describe, expect, it } from 'vitest'
import { Life } from '../support/engine-life.ts'

const SIZE = 100_000
const uid = 'evicted-1'
const serve = { size: SIZE, seed: 6, etag: '"v1"', lastModified: null }

/** A disk on which 60,000 of 100,000 bytes are recorded. */
async function begun(): Promise<FakeDisk> {
  const life = await Life.begin()
  await life.start({ uid })
  const body = (await life.platform.transport.next()).respond({
    headers: { etag: '"v1"', 'content-length': String(SIZE) },
  })
  body.push(contentAt(6, 0, 60_000))
  await settle()
  await life.engine.flush()
  life.die()
  return life.disk
}

async function goOn(disk: FakeDisk): Promise<{ life: Life; ranges: (string | null)[]; warnings: string[] }> {
  const life = await Life.begin({ disk })
  life.platform.transport.answerWith(serveContent(serve))
  const file = await life.finished(uid)
  expect(await life.bytes(file)).toEqual(contentAt(6, 0, SIZE))
  return {
    life,
    ranges: life.platform.transport.sent.map(({ headers }) => headers.get('range')),
    warnings: life.told('warning', uid).map(({ warning }) => `${warning.code}: ${warning.message}`),
  }
}

describe('bytes that are gone', () => {
  it('all of them: the file starts over, and says so', async () => {
    const disk = await begun()
    disk.evict(uid)
    const { ranges, warnings } = await goOn(disk)
    expect(ranges).toEqual([null])
    expect(warnings).toEqual(['evicted: 60000 of 60000 stored bytes are gone, and are loaded again'])
  })

  it('some of them: the rest is gone on from', async () => {
    const disk = await begun()
    disk.files.get(uid)?.truncate(25_000)
    const { ranges, warnings } = await goOn(disk)
    expect(ranges).toEqual(['bytes=25000-'])
    expect(warnings).toEqual(['evicted: 35000 of 60000 stored bytes are gone, and are loaded again'])
  })

  it('none of them: nothing is said', async () => {
    const { ranges, warnings } = await goOn(await begun())
    expect([ranges, warnings]).toEqual([['bytes=60000-'], []])
  })

  it('with their records: nothing is left to go on from, and nothing breaks', async () => {
    const disk = await begun()
    disk.evict()
    const life = await Life.begin({ disk })
    expect([life.events, life.files]).toEqual([[{ type: 'caught-up' }], []])
  })

  it('while they are written: the transfer fails with what to do, and can be gone on with', async () => {
    const life = await Life.begin()
    const started = await life.start()
    const body = (await life.platform.transport.next()).respond({
      headers: { etag: '"v1"', 'content-length': String(SIZE) },
    })
    body.push(contentAt(6, 0, 10_000))
    await settle()
    await life.engine.flush()
    life.disk.evict(started)
    body.push(contentAt(6, 10_000, 10_000))
    const error = await life.failed(started)
    expect(error).toMatchObject({ code: 'cannotWriteToFile', phase: 'storage' })
    life.platform.transport.answerWith(serveContent(serve))
    const next = await life.start({ resumeData: error.resumeData })
    expect(await life.bytes(await life.finished(next))).toEqual(contentAt(6, 0, SIZE))
    expect(life.platform.transport.sent.at(-1)?.headers.get('range')).toBeNull()
  })

  it('of a finished file: whoever asks is told that it is gone', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serveContent(serve))
    const file = await life.finished(await life.start())
    await life.engine.keep(file, 'mine')
    life.disk.evict(file.uid)
    await expect(life.engine.blob(file)).rejects.toMatchObject({ code: 'fileDoesNotExist' })
    await expect(life.engine.keep(file, 'again')).rejects.toMatchObject({ code: 'fileDoesNotExist' })
    expect(await life.engine.kept()).toEqual([])
  })

  it('of a finished file that is only half there: a half file is never given out', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serveContent(serve))
    const file = await life.finished(await life.start())
    await life.engine.keep(file, 'mine')
    life.disk.files.get(file.uid)?.truncate(SIZE - 1)
    await expect(life.engine.blob(file)).rejects.toMatchObject({ code: 'fileDoesNotExist' })
    await expect(life.engine.copy(file, '/somewhere')).rejects.toMatchObject({ code: 'fileDoesNotExist' })
    expect(await life.engine.kept()).toEqual([])
  })

  it('make progress of what is loaded again, however much there was', async () => {
    const disk = await begun()
    disk.evict(uid)
    const life = await Life.begin({ disk, settings: { retry: { attempts: 3, baseDelay: 1 } } })
    life.platform.transport.answerWith((request, index) =>
      serveContent({ ...serve, piece: 1000, failAfter: 5000 })(request, index),
    )
    expect(await life.bytes(await life.finished(uid))).toEqual(contentAt(6, 0, SIZE))
  })
})
