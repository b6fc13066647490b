/** The store is chosen by writing, and says why it was chosen. */
import { expect, test } from 'vitest'
import type { FileStoreKind } from '../../src/model/capabilities.ts'
import type { FileStore } from '../../src/ports/file-store.ts'
import { MemoryFiles } from '../../src/platform/browser/memory-files.ts'
import { pickFileStore } from '../../src/platform/browser/pick-file-store.ts'
import { refuseDatabases, refusePuts } from './support/indexeddb.ts'
import { filesInWorker, startWorker, unique } from './support/in-worker.ts'

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

async function write(store: FileStore, id: string, bytes: number[], kind?: FileStoreKind): Promise<void> {
  const writer = await store.open(id, kind)
  await writer.write(new Uint8Array(bytes), writer.size)
  await writer.flush()
  await writer.close()
}

async function read(store: FileStore, id: string): Promise<string | null> {
  const blob = await store.blob(id, (await store.size(id)) ?? 0, '')
  return blob && new Uint8Array(await blob.arrayBuffer()).join()
}

test('what an engine in a page left in IndexedDB is found in a worker, gone on with, and removed', async () => {
  const namespace = unique('joined')
  const page = await pickFileStore(namespace)
  await write(page, 'file-0001', [1, 2])
  const worker = await filesInWorker('picked', namespace)
  expect([await worker.list(), await read(worker, 'file-0001')]).toEqual([['file-0001'], '1,2'])
  await write(worker, 'file-0001', [3], 'indexeddb')
  await write(worker, 'file-0002', [9])
  expect([await read(page, 'file-0001'), (await worker.list()).toSorted()]).toEqual([
    '1,2,3',
    ['file-0001', 'file-0002'],
  ])
  await worker.remove('file-0001')
  expect([await worker.list(), await page.size('file-0001')]).toEqual([['file-0002'], null])
})

test('what an engine in a worker left in OPFS is read and removed in a page, but not written', async () => {
  const namespace = unique('joined')
  await write(await filesInWorker('picked', namespace), 'file-0001', [1, 2])
  const page = await pickFileStore(namespace)
  expect([await page.list(), await read(page, 'file-0001')]).toEqual([['file-0001'], '1,2'])
  const reached = (['opfs', 'indexeddb', 'disk'] as const).map((kind) =>
    [false, true].map((to) => page.reaches?.(kind, to)),
  )
  expect(reached).toEqual([
    [true, false],
    [true, true],
    [false, false],
  ])
  await page.remove('file-0001')
  expect(await page.list()).toEqual([])
})

test('stores that tell nothing of what they have are not joined', async () => {
  refuseDatabases('SecurityError')
  const store = await pickFileStore(unique('joined'))
  expect(['opfs', 'indexeddb'].map((kind) => store.reaches?.(kind as FileStoreKind, false))).toEqual([true, false])
})
