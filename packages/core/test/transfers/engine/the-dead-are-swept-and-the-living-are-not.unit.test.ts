/** Default sessions share a namespace: what a dead one left goes, what a living one owns stays. */
import { FakeDisk } from '../../../../testing/src/fakes/fake-disk.ts'
import { FakeFile } from '../../../../testing/src/fakes/fake-file.ts'
import { serveContent } from '../../../../testing/src/fakes/served-content.ts'
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { describe, expect, it } from 'vitest'
import type { TransferRecord } from '../../../src/storage/records.ts'
import { Life } from '../support/engine-life.ts'

/** A default session with one download under way. */
async function session(disk: FakeDisk, owner: string): Promise<{ life: Life; uid: string }> {
  const life = await Life.begin({ kind: 'default', disk, owner })
  const uid = await life.start()
  ;(await life.platform.transport.next())
    .respond({ headers: { etag: '"v1"', 'content-length': '1000' } })
    .push(new Uint8Array(100))
  await settle()
  await life.engine.flush()
  return { life, uid }
}

const file = (size: number): FakeFile => {
  const made = new FakeFile()
  made.write(new Uint8Array(size), 0)
  made.flush()
  return made
}

describe('the next start', () => {
  it('leaves the transfers of a living session alone, and does not take them over', async () => {
    const disk = new FakeDisk()
    const { uid } = await session(disk, 'tab-one')
    const second = new Life({ kind: 'default', disk, owner: 'tab-two' })
    const welcome = await second.open()
    expect([welcome.tasks, second.files, second.keys]).toEqual([[], [uid], [`default/task/${uid}`]])
  })

  it('removes records and files of a dead one', async () => {
    const disk = new FakeDisk()
    const { life } = await session(disk, 'tab-one')
    life.die()
    const second = await Life.begin({ kind: 'default', disk, owner: 'tab-two' })
    expect([second.files, second.keys]).toEqual([[], []])
  })

  it('takes up its own after its engine was lost', async () => {
    const disk = new FakeDisk()
    const { life, uid } = await session(disk, 'tab-one')
    life.die()
    const second = new Life({ kind: 'default', disk, owner: 'tab-one' })
    expect((await second.open()).tasks).toMatchObject([{ uid, received: 100, total: 1000, running: true }])
    await settle()
    expect((await second.platform.transport.next()).range).toBe('bytes=100-')
  })

  it('leaves a finished file that a living session still uses, and removes it after its death', async () => {
    const disk = new FakeDisk()
    const life = await Life.begin({ kind: 'default', disk, owner: 'tab-one' })
    life.platform.transport.answerWith(serveContent({ size: 10 }))
    const uid = await life.start()
    await life.finished(uid)
    await life.engine.settle(uid, true)
    const second = await Life.begin({ kind: 'default', disk, owner: 'tab-two' })
    expect([second.files, second.keys]).toEqual([[uid], [`default/claim/${uid}`]])
    life.die()
    const third = await Life.begin({ kind: 'default', disk, owner: 'tab-three' })
    expect([third.files, third.keys]).toEqual([[], []])
  })

  it('removes what nobody names', async () => {
    const disk = new FakeDisk()
    disk.files.set('orphan-001', file(10))
    expect((await Life.begin({ kind: 'default', disk })).files).toEqual([])
  })

  it('keeps what any record names, readable or not', async () => {
    const disk = new FakeDisk()
    const shelves = ['task', 'parked', 'kept', 'claim', 'quarantine']
    for (const shelf of shelves) {
      disk.records.set(`default/${shelf}/newer-${shelf}`, { v: 2, kind: 'unheard of' })
      disk.records.set(`default/${shelf}/broken-${shelf}-g4`, { v: 1, kind: 'garbage' })
      disk.files.set(`newer-${shelf}`, file(1))
      disk.files.set(`broken-${shelf}`, file(1))
    }
    const life = await Life.begin({ kind: 'default', disk })
    expect(life.files).toEqual(shelves.flatMap((shelf) => [`newer-${shelf}`, `broken-${shelf}`]).toSorted())
    expect(life.keys.filter((key) => key.includes('newer'))).toHaveLength(5)
  })

  it('does not sweep a file that moves from one record to another while it looks', async () => {
    const disk = new FakeDisk()
    disk.files.set('moving-01', file(100))
    disk.records.set('default/task/moving-01', { v: 2, kind: 'download' })
    const life = new Life({ kind: 'default', disk })
    const { records } = life.platform
    const entries = records.entries.bind(records)
    const moved = Promise.withResolvers<void>()
    let looks = 0
    records.entries = async (prefix) => {
      // Its task is looked for after it went, and its kept record before it came.
      if (prefix.endsWith('/task/') && ++looks === 2) await moved.promise
      const found = await entries(prefix)
      if (prefix.endsWith('/kept/')) {
        disk.records.set('default/kept/moving-01', {
          v: 1,
          kind: 'kept',
          uid: 'moving-01',
          key: 'k',
          name: 'n',
          size: 100,
          mime: '',
          digest: null,
          keptAt: 0,
        })
        disk.records.delete('default/task/moving-01')
        moved.resolve()
      }
      return found
    }
    await life.open()
    expect(life.files).toEqual(['moving-01'])
  })
})

describe('a background session', () => {
  it('takes over the transfers of its name, whoever made them', async () => {
    const first = await Life.begin({ owner: 'yesterday' })
    const uid = await first.start()
    first.die()
    const second = new Life({ disk: first.disk, owner: 'today' })
    expect((await second.open()).tasks.map((task) => task.uid)).toEqual([uid])
  })

  it('belongs to one engine at a time', async () => {
    const first = await Life.begin()
    const second = new Life({ disk: first.disk })
    await expect(second.open()).rejects.toMatchObject({ code: 'backgroundSessionInUseByAnotherProcess', number: -996 })
    expect(second.platform.process.steps).toEqual([])
    await first.engine.close()
    await second.open()
    await second.engine.close()
  })

  it('is free at once when its engine dies, and can be asked for again', async () => {
    const first = await Life.begin()
    const second = new Life({ disk: first.disk })
    await expect(second.open()).rejects.toMatchObject({ number: -996 })
    first.die()
    await second.open()
  })

  it('has its files for itself', async () => {
    const first = await Life.begin({ namespace: 'background.one' })
    const uid = await first.start()
    ;(await first.platform.transport.next()).respond({ headers: { etag: '"v1"' } }).push(new Uint8Array(10))
    await settle()
    expect((first.record('task', uid) as TransferRecord | undefined)?.owner).toBe(first.hello.owner)
  })
})
