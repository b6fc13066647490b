/** Destinations: the whole file or nothing, also over a death in the middle of putting it there. */
import { serveContent } from '../../../../testing/src/fakes/served-content.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { describe, expect, it } from 'vitest'
import { Life } from '../support/engine-life.ts'

const SIZE = 5000
const serve = serveContent({ size: SIZE, seed: 8 })
const whole = contentAt(8, 0, SIZE)
const destination = '/home/me/model.bin'

describe('a destination', () => {
  it('has the file when the task is finished, and the store has it no more', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serve)
    const uid = await life.start({ destination })
    const file = await life.finished(uid)
    expect([file.path, life.disk.placed.get(destination), life.files]).toEqual([destination, whole, []])
    expect(await life.bytes(file)).toEqual(whole)
    await life.engine.settle(uid, false)
    expect([life.keys, life.disk.placed.get(destination)]).toEqual([[], whole])
  })

  it('gets nothing when the digest does not match', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serve)
    const integrity = { algorithm: 'sha256', digests: [btoa('x'.repeat(32))] } as const
    expect((await life.failed(await life.start({ destination, integrity }))).code).toBe('fileIntegrityMismatch')
    expect(life.disk.placed.size).toBe(0)
  })

  it('that cannot be written fails the task, and the bytes can be gone on with', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serve)
    life.platform.process.options.beforeStep = ({ kind }) => (kind === 'place' ? new Error('not allowed') : null)
    const error = await life.failed(await life.start({ destination }))
    expect(error).toMatchObject({ code: 'cannotWriteToFile', resumeData: { received: SIZE } })
    delete life.platform.process.options.beforeStep
    const next = await life.start({ resumeData: error.resumeData, destination: '/elsewhere' })
    await life.finished(next)
    expect([life.disk.placed.get('/elsewhere'), life.platform.transport.sent.length]).toEqual([whole, 1])
  })

  it.each(['before', 'during', 'after'] as const)(
    'is right in the end when the engine dies %s it is put there',
    async (moment) => {
      const trial = await Life.begin()
      trial.platform.transport.answerWith(serve)
      await trial.finished(await trial.start({ destination }))
      const dieAt = trial.platform.process.steps.find(({ kind }) => kind === 'place')?.number ?? 0
      const first = await Life.begin({ process: trial.disk.copy().process() })
      first.die()
      const { disk } = new Life()
      const dying = await Life.begin({ process: disk.process({ dieAt, moment }) })
      dying.platform.transport.answerWith(serve)
      const uid = await dying.start({ destination })
      await dying.platform.process.death
      const life = await Life.begin({ disk })
      life.platform.transport.answerWith(serve)
      await life.finished(uid)
      expect([disk.placed.get(destination), life.files]).toEqual([whole, []])
      expect(life.platform.transport.sent).toEqual([])
    },
  )

  it('is put there again when the file is gone from there before anybody was told of it', async () => {
    const trial = await Life.begin()
    trial.platform.transport.answerWith(serve)
    await trial.finished(await trial.start({ destination }))
    const dieAt = trial.platform.process.steps.find(({ kind }) => kind === 'place')?.number ?? 0
    const { disk } = new Life()
    const dying = await Life.begin({ process: disk.process({ dieAt, moment: 'after' }) })
    dying.platform.transport.answerWith(serve)
    const uid = await dying.start({ destination })
    await dying.platform.process.death
    expect([disk.placed.get(destination), dying.files]).toEqual([whole, []])
    disk.placed.clear()
    const life = await Life.begin({ disk })
    life.platform.transport.answerWith(serve)
    await life.finished(uid)
    expect([disk.placed.get(destination), life.platform.transport.sent.length]).toEqual([whole, 1])
    expect(life.told('warning', uid).map(({ warning }) => warning.code)).toEqual(['evicted'])
  })

  it('can be given later, as a copy', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serve)
    const file = await life.finished(await life.start())
    await life.engine.copy(file, destination)
    expect([life.disk.placed.get(destination), await life.bytes(file)]).toEqual([whole, whole])
  })
})
