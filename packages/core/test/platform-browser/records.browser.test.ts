/** Records: in IndexedDB, in memory, and the way from the one to the other. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { IDBRecords, openRecords } from '../../src/platform/browser/idb-records.ts'
import { MemoryRecords } from '../../src/platform/browser/memory-records.ts'
import type { RecordStore } from '../../src/ports/record-store.ts'
import { connectionsToLose, refuseDatabases, refusePuts } from './support/indexeddb.ts'
import { unique } from './support/in-worker.ts'

const makers: Record<string, () => RecordStore> = {
  IndexedDB: () => new IDBRecords(unique('records')),
  memory: () => new MemoryRecords(),
}

describe.each(Object.keys(makers))('records in %s', (kind) => {
  const make = (): RecordStore => (makers[kind] as () => RecordStore)()

  test('what was set is got, changed and deleted', async () => {
    const records = make()
    expect(await records.get('a/task/1')).toBe(undefined)
    await records.set('a/task/1', { v: 1, bytes: new Uint8Array([1, 2]), when: new Date(0) })
    expect(await records.get('a/task/1')).toEqual({ v: 1, bytes: new Uint8Array([1, 2]), when: new Date(0) })
    await records.set('a/task/1', { v: 2 })
    expect(await records.get('a/task/1')).toEqual({ v: 2 })
    await records.delete('a/task/1')
    await records.delete('a/task/1')
    expect(await records.get('a/task/1')).toBe(undefined)
  })

  test('a prefix picks its entries, in order, and no neighbours', async () => {
    const records = make()
    for (const key of ['a/task/2', 'a/task/1', 'a/task', 'a/tasks/1', 'a/kept/é', 'b/task/1', 'a~1/task/1'])
      await records.set(key, key)
    expect(await records.entries('a/task/')).toEqual([
      ['a/task/1', 'a/task/1'],
      ['a/task/2', 'a/task/2'],
    ])
    expect((await records.entries('a/kept/')).map(([key]) => key)).toEqual(['a/kept/é'])
    expect(await records.entries('c/')).toEqual([])
  })

  test('a record is a copy', async () => {
    const records = make()
    const given = { list: [1] }
    await records.set('a', given)
    given.list.push(2)
    const got = (await records.get('a')) as typeof given
    got.list.push(3)
    expect(await records.get('a')).toEqual({ list: [1] })
  })

  test('what cannot be cloned is refused', async () => {
    await expect(make().set('a', () => {})).rejects.toThrow()
  })
})

test('a connection that was dropped is opened again, in every operation', async () => {
  const lose = connectionsToLose()
  const records = new IDBRecords(unique('records'))
  await records.set('a', 1)
  lose()
  expect(await records.get('a')).toBe(1)
  lose()
  await Promise.all([records.set('b', 2), records.set('c', 3), records.set('d', 4)])
  lose()
  expect(await records.entries('')).toHaveLength(4)
  lose()
  await records.delete('a')
  expect(await records.get('a')).toBe(undefined)
})

test('a connection that is lost with writes on their way loses none', async () => {
  const lose = connectionsToLose()
  const records = new IDBRecords(unique('records'))
  await records.set('a', 0)
  const writes = Array.from({ length: 20 }, (_, index) => records.set(`a/${index}`, index))
  lose()
  await Promise.all(writes)
  expect(await records.entries('a/')).toHaveLength(20)
})

test('a full quota is noSpaceLeft', async () => {
  const records = new IDBRecords(unique('records'))
  refusePuts('QuotaExceededError')
  await expect(records.set('a', 1)).rejects.toMatchObject({ code: 'noSpaceLeft', phase: 'storage' })
})

test('where IndexedDB works, records last and the probe is gone', async () => {
  const name = unique('records')
  const { records, durable, reason } = await openRecords(name)
  expect({ durable, reason }).toEqual({ durable: true, reason: expect.stringMatching(/IndexedDB/) })
  expect(await records.entries('')).toEqual([])
  await records.set('a', 1)
  expect(await new IDBRecords(name).get('a')).toBe(1)
})

test.each(['SecurityError', 'InvalidStateError'])('where IndexedDB answers %s, records are in memory', async (name) => {
  refuseDatabases(name)
  const { records, durable, reason } = await openRecords()
  expect(durable).toBe(false)
  expect(reason).toContain(name)
  await records.set('a', 1)
  expect(await records.get('a')).toBe(1)
})

test('where there is no IndexedDB at all, records are in memory', async () => {
  Object.defineProperty(globalThis, 'indexedDB', { value: undefined, configurable: true })
  onTestFinished(() => void Reflect.deleteProperty(globalThis, 'indexedDB'))
  expect((await openRecords()).durable).toBe(false)
})
