/** The ledger: writes in order, quarantine before delete, what it cannot read left alone. */
import { describe, expect, it } from 'vitest'
import { Ledger } from '../../src/storage/ledger.ts'
import type { KeptRecord, ParkedRecord, DownloadRecord } from '../../src/storage/records.ts'
import { settle } from '../../../testing/src/fakes/turns.ts'
import { fixture } from './support/fixtures.ts'
import { keys, OpenStore } from './support/shelves.ts'

const record = (uid = 'transfer-1', more: Partial<DownloadRecord> = {}): DownloadRecord => ({
  ...(fixture('v1', 'download-fresh') as unknown as DownloadRecord),
  uid,
  ...more,
})
const parked = fixture('v1', 'parked') as unknown as ParkedRecord
const kept = fixture('v1', 'kept') as unknown as KeptRecord

async function open(values: { readonly [key: string]: unknown } = {}): Promise<{ store: OpenStore; ledger: Ledger }> {
  const store = new OpenStore(values)
  const ledger = new Ledger(store, 'n')
  await ledger.open()
  return { store, ledger }
}

describe('writes of one key', () => {
  it('never overtake each other, and store what was so at the call', async () => {
    const { store, ledger } = await open()
    const one = record()
    store.hold()
    const writes = [ledger.save(one)]
    one.priority = 1
    writes.push(ledger.save(one), ledger.remove(one.uid))
    one.priority = 0
    writes.push(ledger.save(one))
    await settle()
    store.letGo('last to first')
    await Promise.all(writes)
    expect(store.done).toEqual([
      'set n/task/transfer-1',
      'set n/task/transfer-1',
      'delete n/task/transfer-1',
      'set n/task/transfer-1',
    ])
    expect(store.values.get('n/task/transfer-1')).toMatchObject({ priority: 0 })
  })

  it('go on after one that failed, which its caller alone hears of', async () => {
    const { store, ledger } = await open()
    store.fail('transfer-1')
    const failed = ledger.save(record())
    const other = ledger.save(record('transfer-2'))
    await expect(failed).rejects.toThrow('no set')
    await other
    store.fail(null)
    await ledger.save(record())
    expect(keys(store)).toEqual(['n/task/transfer-1', 'n/task/transfer-2'])
  })

  it('of different keys do not wait for each other', async () => {
    const { store, ledger } = await open()
    store.hold()
    const writes = [ledger.save(record('transfer-1')), ledger.save(record('transfer-2'))]
    await settle()
    store.letGo('last to first')
    await Promise.all(writes)
    expect(store.done).toEqual(['set n/task/transfer-2', 'set n/task/transfer-1'])
  })

  it('are all settled, failed ones too, when it says so', async () => {
    const { store, ledger } = await open()
    store.hold()
    store.fail('transfer-1')
    ledger.save(record('transfer-1')).catch(() => {})
    void ledger.save(record('transfer-2'))
    let settled = false
    const all = ledger.settled().then(() => (settled = true))
    await settle()
    expect(settled).toBe(false)
    store.letGo()
    await all
    expect(keys(store)).toEqual(['n/task/transfer-2'])
  })
})

describe('a record that cannot be read', () => {
  const damaged = { ...record('damaged-1'), ranges: 'all of them' }

  it('goes to quarantine whole, before it goes from its shelf', async () => {
    const { store, ledger } = await open({ 'n/task/damaged-1': damaged, 'n/task/transfer-1': record() })
    const loaded = await ledger.loadTransfers()
    expect(loaded.current.map(({ uid }) => uid)).toEqual(['transfer-1'])
    expect(loaded.unreadable).toEqual([
      { uid: 'damaged-1', reason: 'its field "ranges" cannot be read', url: 'https://host.test/files/model.bin' },
    ])
    expect(store.done).toEqual(['set n/quarantine/damaged-1', 'delete n/task/damaged-1'])
    expect(store.values.get('n/quarantine/damaged-1')).toEqual({
      v: 1,
      kind: 'quarantine',
      reason: 'its field "ranges" cannot be read',
      value: damaged,
    })
  })

  it('stays where it is when quarantine cannot be written', async () => {
    const { store, ledger } = await open({ 'n/task/damaged-1': damaged })
    store.fail('quarantine')
    await expect(ledger.loadTransfers()).rejects.toThrow()
    expect(store.values.get('n/task/damaged-1')).toEqual(damaged)
  })

  it.each([null, 5, 'text', { unreadableText: '{"v":1' }, { request: null }, { request: { url: 5 } }])(
    'is kept though it is %j',
    async (value) => {
      const { store, ledger } = await open({ 'n/task/damaged-1': value })
      expect((await ledger.loadTransfers()).unreadable).toMatchObject([{ uid: 'damaged-1', url: '' }])
      expect(store.values.get('n/quarantine/damaged-1')).toMatchObject({ value })
    },
  )

  it('keeps its bytes', async () => {
    const { ledger } = await open({ 'n/task/damaged-1': damaged })
    await ledger.loadTransfers()
    expect([...(await ledger.namedFiles())]).toEqual(['damaged-1'])
  })

  it('of resume data is told, and nothing is written over', async () => {
    const value = { ...parked, ranges: [[9, 3]] }
    const { store, ledger } = await open({ 'n/parked/parked-0001-g2': value })
    await expect(ledger.parked('parked-0001-g2')).rejects.toMatchObject({ code: 'recordUnreadable' })
    expect([store.done, await ledger.allParked()]).toEqual([[], []])
    expect([...(await ledger.namedFiles())]).toEqual(['parked-0001'])
  })

  it('of a session is put away, and counting begins anew', async () => {
    const value = { v: 1, kind: 'session', nextIdentifier: 'many' }
    const { store, ledger } = await open({ 'n/session': value })
    expect(ledger.nextIdentifier).toBe(1)
    expect(await ledger.takeIdentifier(5)).toBe(5)
    expect(store.values.get('n/quarantine/session')).toMatchObject({ value })
    expect(store.values.get('n/session')).toMatchObject({ nextIdentifier: 6 })
  })
})

describe('a record of a newer version', () => {
  it('is neither touched nor listed, on any shelf, and keeps its bytes', async () => {
    const newer = { v: 2, kind: 'download', something: 'else' }
    const values = Object.fromEntries(
      ['task', 'parked', 'kept', 'claim', 'quarantine'].map((shelf) => [`n/${shelf}/newer-${shelf}`, newer]),
    )
    const { store, ledger } = await open(values)
    expect(await ledger.loadTransfers()).toEqual({ current: [], unreadable: [] })
    expect([await ledger.allParked(), await ledger.kept(), await ledger.claims()]).toEqual([[], [], []])
    await expect(ledger.parked('newer-parked')).rejects.toMatchObject({ code: 'recordUnreadable' })
    expect(store.done).toEqual([])
    expect((await ledger.namedFiles()).size).toBe(5)
  })

  it('of the session is not written over, though numbers may then be given twice', async () => {
    const newer = { v: 2, kind: 'session', counters: [] }
    const { store, ledger } = await open({ 'n/session': newer })
    expect(await ledger.takeIdentifier(3)).toBe(3)
    await ledger.consume('parked-0001')
    expect(store.values.get('n/session')).toEqual(newer)
    expect(await ledger.wasConsumed('parked-0001')).toBe(true)
  })
})

describe('numbers', () => {
  it('are given once, over all lives', async () => {
    const { store, ledger } = await open()
    expect([await ledger.takeIdentifier(1), await ledger.takeIdentifier(1), await ledger.takeIdentifier(9)]).toEqual([
      1, 2, 9,
    ])
    const next = new Ledger(store, 'n')
    await next.open()
    expect([next.nextIdentifier, await next.takeIdentifier(1)]).toEqual([10, 10])
  })
})

describe('used resume data', () => {
  it('is remembered before its bytes lose their name, over all lives', async () => {
    const { store, ledger } = await open({ 'n/parked/parked-0001-g2': parked })
    expect(await ledger.parked('parked-0001-g2')).toEqual(parked)
    await ledger.consume('parked-0001-g2')
    expect(store.done).toEqual(['set n/used/parked-0001-g2', 'delete n/parked/parked-0001-g2'])
    const next = new Ledger(store, 'n')
    await next.open()
    expect([await next.wasConsumed('parked-0001-g2'), await next.wasConsumed('parked-0001')]).toEqual([true, false])
    expect(await next.used()).toEqual(['parked-0001-g2'])
    await next.forgetUsed('parked-0001-g2')
    expect([await next.used(), await next.wasConsumed('parked-0001-g2')]).toEqual([[], false])
  })
})

describe('named files', () => {
  it('are those of every shelf, by the file and not by the transfer', async () => {
    const { ledger } = await open()
    await ledger.save(record('transfer-1-g3'))
    await ledger.park({ ...parked, uid: 'parkedone-g2' })
    await ledger.keep({ ...kept, uid: 'keptfile-1' })
    await ledger.claim('claimed-1', 'me')
    expect([...(await ledger.namedFiles())].toSorted()).toEqual(['claimed-1', 'keptfile-1', 'parkedone', 'transfer-1'])
    await Promise.all([
      ledger.remove('transfer-1-g3'),
      ledger.unpark('parkedone-g2'),
      ledger.unkeep('keptfile-1'),
      ledger.unclaim('claimed-1'),
    ])
    expect((await ledger.namedFiles()).size).toBe(0)
  })

  it('are those of this namespace alone', async () => {
    const { ledger } = await open({
      'n2/task/other-0001': record('other-0001'),
      'm/n/task/other-0002': record('other-0002'),
    })
    expect((await ledger.namedFiles()).size).toBe(0)
  })
})
