/** An engine that cannot get at the store with a transfer's bytes neither claims that they are gone nor begins again. */
import { FakeDisk } from '../../../../testing/src/fakes/fake-disk.ts'
import { serveContent, type ServedContent } from '../../../../testing/src/fakes/served-content.ts'
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { describe, expect, it } from 'vitest'
import type { FileStoreKind } from '../../../src/model/capabilities.ts'
import { JoinedFiles } from '../../../src/platform/browser/joined-files.ts'
import type { FileStore } from '../../../src/ports/file-store.ts'
import { Life } from '../support/engine-life.ts'

const SIZE = 100_000
const uid = 'elsewhere-1'
const whole = contentAt(8, 0, SIZE)
const serve: ServedContent = { size: SIZE, seed: 8, etag: '"v1"', lastModified: null }

/** One device with two stores and one set of records. */
class Device {
  readonly opfs = new FakeDisk()
  readonly indexeddb = new FakeDisk()
  /** What ends the life before. */
  readonly #ends: (() => void)[] = []

  /** A life whose engine has the first of these stores, and reaches the others: to read and write, or to read. */
  async life(kind: 'opfs' | 'indexeddb' | 'memory', other?: 'opfs' | 'indexeddb', writable = true): Promise<Life> {
    for (const end of this.#ends.splice(0)) end()
    const life = new Life({ disk: this.opfs })
    this.#ends.push(() => life.die())
    const picked = this.#store(kind)
    const files = other ? new JoinedFiles(picked, [{ store: this.#store(other), writable }]) : picked
    Object.assign(life.platform, { files })
    life.platform.transport.answerWith(serveContent(serve))
    await life.open()
    await settle()
    return life
  }

  #store(kind: FileStoreKind): FileStore {
    const disk = kind === 'memory' ? new FakeDisk() : this[kind as 'opfs' | 'indexeddb']
    const process = disk.process()
    this.#ends.push(() => process.die())
    const { files } = process
    return new Proxy<FileStore>(files, {
      get: (_files, name) => {
        const value: unknown = name === 'kind' ? kind : Reflect.get(files, name)
        return typeof value === 'function' ? value.bind(files) : value
      },
    })
  }
}

/** A life in which 60,000 of 100,000 bytes were stored in the engine's own store. */
async function begin(device: Device, life: Life, headers = {}): Promise<void> {
  life.platform.transport.answerWith(null)
  await life.start({ uid })
  const body = (await life.platform.transport.next()).respond({
    headers: { etag: '"v1"', 'content-length': String(SIZE), ...headers },
  })
  body.push(contentAt(8, 0, 60_000))
  await settle()
  await life.engine.flush()
}

const warnings = (life: Life): string[] => life.told('warning', uid).map(({ warning }) => warning.code)
const ranges = (life: Life): (string | null)[] =>
  life.platform.transport.sent.map(({ headers }) => headers.get('range'))

describe('bytes in a store that cannot be had this time', () => {
  it('are waited for with a warning, and gone on with by the next engine that has them', async () => {
    const device = new Device()
    await begin(device, await device.life('opfs'))
    const without = await device.life('indexeddb')
    expect([warnings(without), ranges(without)]).toEqual([['storedElsewhere'], []])
    expect(without.told('waiting', uid).map((event) => event.for)).toEqual(['slot'])
    await without.engine.suspend(uid)
    await without.engine.resume(uid)
    await without.engine.flush()
    await without.engine.close()
    expect([device.indexeddb.files.size, device.opfs.bytesOf(uid)]).toEqual([0, contentAt(8, 0, 60_000)])

    const next = await device.life('opfs')
    expect(await next.bytes(await next.finished(uid))).toEqual(whole)
    expect([warnings(next), ranges(next)]).toEqual([[], ['bytes=60000-']])
  })

  it('can be put aside for resume data, which waits too where they are still out of reach', async () => {
    const device = new Device()
    await begin(device, await device.life('opfs'))
    const resumeData = await (await device.life('indexeddb')).cancelled(uid)
    expect(resumeData).toMatchObject({ received: 60_000 })
    const again = await device.life('indexeddb')
    const second = await again.start({ resumeData })
    expect([again.story(second), ranges(again)]).toEqual([['waiting for slot', 'warning storedElsewhere'], []])
    const next = await device.life('opfs')
    expect(await next.bytes(await next.finished(second))).toEqual(whole)
    expect(ranges(next)).toEqual(['bytes=60000-'])
  })

  it('start over elsewhere where they could not be gone on with in any case', async () => {
    const device = new Device()
    await begin(device, await device.life('opfs'), { etag: 'W/"weak"' })
    const without = await device.life('indexeddb')
    expect(await without.bytes(await without.finished(uid))).toEqual(whole)
    expect([warnings(without), ranges(without)]).toEqual([['startedOver'], [null]])
    expect(without.record('task', uid)).toMatchObject({ store: 'indexeddb' })
  })

  it('are told as a file only when they can be read', async () => {
    const device = new Device()
    const life = await device.life('opfs')
    await life.start({ uid })
    await life.finished(uid)
    const without = await device.life('indexeddb')
    expect([without.told('finished'), warnings(without)]).toEqual([[], ['storedElsewhere']])
    const reading = await device.life('indexeddb', 'opfs', false)
    expect(await reading.bytes(await reading.finished(uid))).toEqual(whole)
    await reading.engine.settle(uid, false)
    expect([warnings(reading), [...device.opfs.files.keys()]]).toEqual([[], []])
  })

  it('are no more where it was memory', async () => {
    const device = new Device()
    await begin(device, await device.life('memory'))
    const next = await device.life('opfs')
    expect(await next.bytes(await next.finished(uid))).toEqual(whole)
    expect([warnings(next), ranges(next)]).toEqual([['evicted'], [null]])
  })
})

describe('bytes in another store that can be had', () => {
  it('are gone on with there, and new files go to the better one', async () => {
    const device = new Device()
    await begin(device, await device.life('indexeddb'))
    const life = await device.life('opfs', 'indexeddb')
    const file = await life.finished(uid)
    expect(await life.bytes(file)).toEqual(whole)
    expect([warnings(life), ranges(life)]).toEqual([[], ['bytes=60000-']])
    expect([[...device.opfs.files.keys()], [...device.indexeddb.files.keys()]]).toEqual([[], [uid]])
    await life.engine.keep(file, 'mine')
    expect(await life.engine.kept()).toMatchObject([{ key: 'mine', size: SIZE }])

    const second = await life.start()
    await life.finished(second)
    expect([...device.opfs.files.keys()]).toEqual([second])
    await life.engine.removeFile(uid)
    expect(device.indexeddb.files.size).toBe(0)
  })

  it('wait where they can only be read', async () => {
    const device = new Device()
    await begin(device, await device.life('opfs'))
    const reading = await device.life('indexeddb', 'opfs', false)
    expect([warnings(reading), ranges(reading)]).toEqual([['storedElsewhere'], []])
    expect(device.opfs.bytesOf(uid)).toEqual(contentAt(8, 0, 60_000))
  })

  it('are swept there too when they belong to nobody', async () => {
    const device = new Device()
    await begin(device, await device.life('indexeddb'))
    device.opfs.records.clear()
    await device.life('opfs', 'indexeddb')
    expect(device.indexeddb.files.size).toBe(0)
  })
})
