/** What only IndexedDB knows: parts, gaps between them, connections that are lost, failures that come late. */
import { expect, test } from 'vitest'
import { contentAt, firstDifference } from '../../../testing/src/origin/content.ts'
import { IndexedDBFiles } from '../../src/platform/browser/indexeddb-files.ts'
import { PART_SIZE } from '../../src/platform/browser/indexeddb-writer.ts'
import { connect, settled } from '../../src/platform/browser/record-connection.ts'
import { connectionsToLose, refusePuts } from './support/indexeddb.ts'
import { unique } from './support/in-worker.ts'

const id = 'file-0001'
const seed = 21

function make(): { files: IndexedDBFiles; namespace: string } {
  const namespace = unique('idb')
  return { files: new IndexedDBFiles(namespace, { blobs: true }), namespace }
}

const keysOf = async (namespace: string): Promise<IDBValidKey[]> => {
  const range = IDBKeyRange.bound([namespace], [namespace, []])
  return connect('urlsession-files', 'parts')('readonly', (store) => settled(store.getAllKeys(range)))
}

test('small writes are put together to parts', async () => {
  const { files, namespace } = make()
  const writer = await files.open(id)
  for (let at = 0; at < PART_SIZE + 1000; at += 1000) await writer.write(contentAt(seed, at, 1000), at)
  await writer.flush()
  await writer.close()
  expect(await keysOf(namespace)).toEqual([
    [namespace, id, 0, 0, 0],
    [namespace, id, 0, PART_SIZE, 0],
    [namespace, id, PART_SIZE, Math.ceil((PART_SIZE + 1000) / 1000) * 1000, 0],
  ])
})

test('a file with a gap is not handed out, and is read up to the gap', async () => {
  const { files } = make()
  const writer = await files.open(id)
  await writer.write(contentAt(seed, 0, 100), 0)
  await writer.write(contentAt(seed, 200, 100), 200)
  await writer.flush()
  expect(await files.size(id)).toBe(300)
  expect(await files.blob(id, 300, '')).toBe(null)
  expect((await files.blob(id, 100, ''))?.size).toBe(100)
  expect((await writer.read(50, 200)).byteLength).toBe(50)
  await writer.close()
})

test('a part that the browser lost is a gap', async () => {
  const { files, namespace } = make()
  const writer = await files.open(id)
  await writer.write(contentAt(seed, 0, 100), 0)
  await writer.flush()
  await writer.write(contentAt(seed, 100, 100), 100)
  await writer.flush()
  await writer.close()
  const reading = await files.open(id)
  await connect('urlsession-files', 'parts')('readwrite', (store) => settled(store.delete([namespace, id, 0, 100, 0])))
  expect(await files.blob(id, 200, '')).toBe(null)
  // Whoever had the file open must not get the second part in place of the first.
  expect((await reading.read(0, 200)).byteLength).toBe(0)
  await reading.close()
})

test('a connection that was dropped is opened again, in every operation', async () => {
  const lose = connectionsToLose()
  const { files } = make()
  const writer = await files.open(id)
  await writer.write(contentAt(seed, 0, 100), 0)
  await writer.flush()
  lose()
  await writer.write(contentAt(seed, 100, 100), 100)
  await writer.flush()
  lose()
  expect((await writer.read(0, 200)).byteLength).toBe(200)
  lose()
  await writer.truncate(150)
  await writer.close()
  lose()
  const blob = await files.blob(id, 150, '')
  expect(firstDifference(seed, 0, new Uint8Array((await blob?.arrayBuffer()) ?? []))).toBe(-1)
  expect(blob?.size).toBe(150)
  lose()
  expect(await files.list()).toEqual([id])
  lose()
  await files.remove(id)
  expect(await files.size(id)).toBe(null)
})

test('a connection that is lost with several parts on their way loses none', async () => {
  const lose = connectionsToLose()
  const { files } = make()
  const writer = await files.open(id)
  lose()
  const size = 4 * PART_SIZE
  for (let at = 0; at < size; at += 1 << 20) await writer.write(contentAt(seed, at, 1 << 20), at)
  await writer.flush()
  await writer.close()
  const blob = await files.blob(id, size, '')
  expect(firstDifference(seed, 0, new Uint8Array((await blob?.arrayBuffer()) ?? []))).toBe(-1)
})

test('a full quota surfaces at the next flush or write, and stays', async () => {
  const { files } = make()
  const writer = await files.open(id)
  const undo = refusePuts('QuotaExceededError')
  await writer.write(new Uint8Array(100), 0)
  await expect(writer.flush()).rejects.toMatchObject({ code: 'noSpaceLeft' })
  undo()
  expect(() => writer.write(new Uint8Array(100), 100)).toThrow(expect.objectContaining({ code: 'noSpaceLeft' }))
  await expect(writer.flush()).rejects.toMatchObject({ code: 'noSpaceLeft' })
  await writer.close()
  const again = await files.open(id)
  expect(again.size).toBe(0)
  await again.close()
})

test('closing keeps what was taken, although nobody flushed', async () => {
  const { files } = make()
  const writer = await files.open(id)
  await writer.write(contentAt(seed, 0, 100), 0)
  await writer.close()
  expect(await files.size(id)).toBe(100)
})
