/** Deaths while a transfer is cancelled, put aside, taken up again, placed or replaced: nothing is lost, doubled or left over. */
import type { FakeDisk } from '../../../../testing/src/fakes/fake-disk.ts'
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { describe, expect, it } from 'vitest'
import type { ResumeData } from '../../../src/model/resume-data.ts'
import { nextGeneration } from '../../../src/model/uid.ts'
import { keeper, onlyTheFile, sweep, type App, type World } from '../support/crash-stage.ts'
import type { Life } from '../support/engine-life.ts'

const TIMEOUT = 120_000
const first = 'sweeping-1'

/** What the app itself remembers, in a store that is not ours. */
const memories = new WeakMap<World, { resumeData?: ResumeData | null }>()

/** Lets time pass until a request waits for its answer, or nobody is alive to send one. */
async function stuck(life: Life): Promise<void> {
  for (let turn = 0; life.platform.transport.waiting === 0 && !life.platform.process.dead; turn++) {
    if (turn > 1000) throw new Error(`nothing is asked for: ${life.story(first).join(', ')}`)
    await settle(1)
    await life.platform.clock.next()
  }
}

/** Cancels in the middle, keeps the resume data, and goes on with it. */
const pausing: App = async (life, world) => {
  const memory = memories.get(world) ?? memories.set(world, {}).get(world) ?? {}
  const { tasks } = await life.open()
  if (memory.resumeData === undefined) {
    world.content.failAfter = 30_000
    life.platform.transport.answerWith((request, index) =>
      index === 0 && request.headers.get('range') === null ? world.serve(request, index) : null,
    )
    const there = tasks.find(({ uid }) => uid === first)
    if (!there) await life.start({ uid: first })
    else if (!there.running) await life.engine.resume(first)
    await settle()
    const ended = life.told('failed', first).length > 0
    if (!ended) {
      await stuck(life)
      await life.engine.cancel(first, true)
    }
    memory.resumeData = (await life.failed(first)).resumeData
    await life.engine.settle(first, false)
  }
  const { resumeData } = memory
  delete world.content.failAfter
  life.platform.transport.answerWith(world.serve)
  const left = (await life.open()).tasks.find(({ uid }) => uid === first)
  if (left) await life.engine.settle(first, false)
  if ((await life.engine.kept()).length === 0 || tasks.some(({ uid }) => uid !== first)) {
    const uid = resumeData ? nextGeneration(resumeData.token) : 'sweeping-2'
    const there = tasks.find((task) => task.uid === uid)
    if (!there) await life.start({ uid, ...(resumeData ? { resumeData } : {}) })
    else if (!there.running) await life.engine.resume(uid)
    await life.engine.keep(await life.finished(uid), 'mine')
    await life.engine.settle(uid, false)
  }
  await life.engine.close()
}

/** Cancels in the middle and wants nothing any more. */
const quitting: App = async (life, world) => {
  const { tasks } = await life.open()
  if (!memories.has(world)) {
    life.platform.transport.answerWith((request, index) => (index === 0 ? world.serve(request, index) : null))
    if (tasks.length === 0) await life.start({ uid: first })
    await settle()
    memories.set(world, {})
  }
  await life.engine.cancel(first, false)
  await life.engine.settle(first, false)
  await life.engine.close()
}

const breaksAt = (bytes: number) => (world: World) => {
  world.content.failAfter = bytes
  world.beforeAnswer = (count) => {
    if (count > 0) delete world.content.failAfter
  }
}

/** After one more start, which sweeps. */
const swept = (then: (disk: FakeDisk, world: World) => Promise<void>) => async (disk: FakeDisk, world: World) => {
  const life = world.life(disk.process())
  await life.open()
  await life.engine.close()
  await then(disk, world)
}

describe('a death at any step', () => {
  it('of pausing with resume data and going on', { timeout: TIMEOUT }, async () => {
    expect(await sweep({ app: pausing, inTheEnd: swept(onlyTheFile), fates: ['kept', 'lost'] })).toBeGreaterThan(150)
  })

  it('of cancelling: nothing is left', { timeout: TIMEOUT }, async () => {
    await sweep({
      app: quitting,
      arrange: breaksAt(30_000),
      fates: ['kept', 'lost'],
      inTheEnd: swept(async (disk) => {
        expect([...disk.files.keys()]).toEqual([])
        expect([...disk.records.keys()].filter((key) => !/\/session$|\/used\//.test(key))).toEqual([])
      }),
    })
  })

  it('of putting the file where it was asked for', { timeout: TIMEOUT }, async () => {
    const destination = '/home/me/model.bin'
    const app: App = async (life) => {
      const { tasks } = await life.open()
      const there = tasks[0]
      if (!there && life.disk.placed.has(destination)) return life.engine.close()
      if (there && !there.running) await life.engine.resume(there.uid)
      const uid = there?.uid ?? (await life.start({ uid: first, destination }))
      expect((await life.finished(uid)).path).toBe(destination)
      await life.engine.settle(uid, false)
      await life.engine.close()
    }
    await sweep({
      app,
      fates: ['kept', 'lost'],
      inTheEnd: swept(async (disk, world) => {
        expect([disk.placed.get(destination), [...disk.files.keys()]]).toEqual([world.bytes, []])
      }),
    })
  })

  it('of replacing a kept file by a new one under the same key', { timeout: TIMEOUT }, async () => {
    const app: App = async (life, world) => {
      await life.open()
      const old = (await life.engine.kept()).length
      await life.engine.close()
      if (old === 0) await keeper()(life, world)
      await keeper({ uid: 'sweeping-2' })(life, world)
      if (memories.has(world)) return
      memories.set(world, {})
      await life.open()
      const { tasks } = await life.open()
      const uid = tasks[0]?.uid ?? (await life.start({ uid: 'sweeping-3' }))
      if (tasks[0]?.running === false) await life.engine.resume(uid)
      await life.engine.keep(await life.finished(uid), 'mine')
      await life.engine.settle(uid, false)
      await life.engine.close()
    }
    await sweep({
      app,
      fates: ['lost'],
      moments: ['before'],
      refetched: 128_000,
      inTheEnd: swept(async (disk, world) => {
        const life = world.life(disk.process())
        await life.open()
        const kept = await life.engine.kept()
        expect(kept.length).toBeGreaterThanOrEqual(1)
        for (const file of kept) expect(await life.bytes(file)).toEqual(world.bytes)
        expect([...disk.files.keys()].toSorted()).toEqual(kept.map(({ uid }) => uid).toSorted())
      }),
    })
  })
})
