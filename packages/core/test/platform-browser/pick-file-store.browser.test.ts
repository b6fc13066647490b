/** The store is chosen by writing, and says why it was chosen. */
import { expect, test } from 'vitest'
import { MemoryFiles } from '../../src/platform/browser/memory-files.ts'
import { pickFileStore } from '../../src/platform/browser/pick-file-store.ts'
import { refuseDatabases, refusePuts } from './support/indexeddb.ts'
import { startWorker, unique } from './support/in-worker.ts'

test('in a worker it is OPFS', async () => {
  const { kind, reason } = await startWorker().call('pick', unique('pick'))
  expect({ kind, reason }).toEqual({ kind: 'opfs', reason: expect.stringMatching(/OPFS/) })
})

test('in a page, which has no synchronous handles, it is IndexedDB, and leaves nothing behind', async () => {
  const store = await pickFileStore(unique('pick'))
  expect(store.kind).toBe('indexeddb')
  expect(store.reason).toMatch(/OPFS was refused: .+/)
  expect(await store.list()).toEqual([])
})

test('where blobs are refused, as in private windows of WebKit, it is IndexedDB with buffers', async () => {
  refusePuts('DataCloneError', (value) => value instanceof Blob)
  const store = await pickFileStore(unique('pick'))
  expect(store.kind).toBe('indexeddb')
  expect(store.reason).toMatch(/buffers in IndexedDB.*IndexedDB with blobs was refused: DataCloneError/)
  const writer = await store.open('file-0001')
  await writer.write(new Uint8Array([1]), 0)
  await writer.flush()
  await writer.close()
  expect((await store.blob('file-0001', 1, ''))?.size).toBe(1)
})

test('where nothing can be stored it is memory, and every refusal is told', async () => {
  refuseDatabases('SecurityError')
  const store = await pickFileStore(unique('pick'))
  expect(store.kind).toBe('memory')
  expect(store.reason).toMatch(/512 MiB.*OPFS was refused.*SecurityError/)
})

test('a store that takes bytes and gives back others is passed over', async () => {
  const lying = new MemoryFiles()
  lying.blob = async () => new Blob([new Uint8Array([1, 2, 4])])
  const store = await pickFileStore('x', [['Liar', () => lying, 'never told']])
  expect(store.kind).toBe('memory')
  expect(store).not.toBe(lying)
  expect(store.reason).toMatch(/Liar was refused: .*could not be read/)
})
