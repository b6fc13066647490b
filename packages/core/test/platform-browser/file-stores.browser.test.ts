/** What every file store promises, asked of each in a real worker. */
import { describe, expect, test } from 'vitest'
import { contentAt, firstDifference } from '../../../testing/src/origin/content.ts'
import { filesInWorker, startWorker, unique, type WorkerFiles } from './support/in-worker.ts'

const MEBI = 1 << 20
const seed = 11

const bytesOf = async (blob: Blob | null): Promise<Uint8Array> => new Uint8Array((await blob?.arrayBuffer()) ?? [])

async function written(files: WorkerFiles, id: string, size: number): Promise<void> {
  const writer = await files.open(id)
  for (let at = 0; at < size; at += MEBI) await writer.write(contentAt(seed, at, Math.min(MEBI, size - at)), at)
  await writer.flush()
  await writer.close()
}

describe.each(['opfs', 'indexeddb with blobs', 'indexeddb with buffers', 'memory'])('%s', (kind) => {
  const make = (): Promise<WorkerFiles> => filesInWorker(kind, unique('files'))
  const id = 'file-0001'

  test('a file that was never written is not there', async () => {
    const files = await make()
    expect(await files.size(id)).toBe(null)
    expect(await files.blob(id, 1, '')).toBe(null)
    expect(await files.list()).toEqual([])
    await files.remove(id)
  })

  test('bytes come back as they were written, with the type that was asked for', async () => {
    const files = await make()
    await written(files, id, 9 * MEBI + 5)
    const blob = await files.blob(id, 9 * MEBI + 5, 'video/mp4')
    expect(blob?.type).toBe('video/mp4')
    const bytes = await bytesOf(blob)
    expect(bytes.byteLength).toBe(9 * MEBI + 5)
    expect(firstDifference(seed, 0, bytes)).toBe(-1)
    expect(await files.size(id)).toBe(9 * MEBI + 5)
  })

  test('opening again tells the size and goes on at an offset', async () => {
    const files = await make()
    await written(files, id, 1000)
    const writer = await files.open(id)
    expect(writer.size).toBe(1000)
    await writer.write(contentAt(seed, 1000, 500), 1000)
    await writer.flush()
    await writer.close()
    expect(firstDifference(seed, 0, await bytesOf(await files.blob(id, 1500, '')))).toBe(-1)
  })

  test('pieces may come in any order, and a newer one covers an older one', async () => {
    const files = await make()
    const writer = await files.open(id)
    await writer.write(contentAt(seed, 2000, 1000), 2000)
    await writer.write(contentAt(99, 0, 2500), 0)
    await writer.flush()
    await writer.write(contentAt(seed, 500, 100), 500)
    await writer.write(contentAt(seed, 0, 500), 0)
    await writer.write(contentAt(seed, 600, 1400), 600)
    await writer.write(contentAt(seed, 2000, 500), 2000)
    await writer.flush()
    await writer.close()
    const bytes = await bytesOf(await files.blob(id, 3000, ''))
    expect(bytes.byteLength).toBe(3000)
    expect(firstDifference(seed, 0, bytes)).toBe(-1)
  })

  test('the buffer may be used again once a write has settled', async () => {
    const files = await make()
    const writer = await files.open(id)
    const buffer = new Uint8Array(64)
    for (let at = 0; at < 6400; at += 64) {
      buffer.set(contentAt(seed, at, 64))
      await writer.write(buffer, at)
      buffer.fill(0)
    }
    await writer.flush()
    await writer.close()
    expect(firstDifference(seed, 0, await bytesOf(await files.blob(id, 6400, '')))).toBe(-1)
  })

  test('reading gives what was written, also unflushed, and is shorter at the end', async () => {
    const files = await make()
    const writer = await files.open(id)
    await writer.write(contentAt(seed, 0, 5 * MEBI), 0)
    const middle = await writer.read(4 * MEBI - 10, 20)
    expect(middle.byteLength).toBe(20)
    expect(firstDifference(seed, 4 * MEBI - 10, middle)).toBe(-1)
    expect((await writer.read(5 * MEBI - 7, 100)).byteLength).toBe(7)
    expect((await writer.read(5 * MEBI, 100)).byteLength).toBe(0)
    await writer.close()
  })

  test('truncating cuts, in the middle of what was written at once too, and never lengthens', async () => {
    const files = await make()
    await written(files, id, 6 * MEBI)
    const writer = await files.open(id)
    await writer.truncate(8 * MEBI)
    expect((await writer.read(6 * MEBI - 1, 10)).byteLength).toBe(1)
    await writer.truncate(5 * MEBI + 3)
    await writer.write(contentAt(seed, 5 * MEBI + 3, 10), 5 * MEBI + 3)
    await writer.flush()
    await writer.close()
    expect(await files.size(id)).toBe(5 * MEBI + 13)
    expect(firstDifference(seed, 0, await bytesOf(await files.blob(id, 5 * MEBI + 13, '')))).toBe(-1)
  })

  test('truncating to nothing forgets everything', async () => {
    const files = await make()
    const writer = await files.open(id)
    await writer.write(contentAt(1, 0, 100), 0)
    await writer.truncate(0)
    await writer.write(contentAt(seed, 0, 10), 0)
    await writer.flush()
    await writer.close()
    expect(await files.size(id)).toBe(10)
    expect(firstDifference(seed, 0, await bytesOf(await files.blob(id, 10, '')))).toBe(-1)
  })

  test('an empty file is there', async () => {
    const files = await make()
    const writer = await files.open(id)
    await writer.flush()
    await writer.close()
    expect(await files.size(id)).toBe(0)
    expect((await files.blob(id, 0, 'text/plain'))?.size).toBe(0)
    expect(await files.list()).toEqual([id])
  })

  test('a file that is too short is not handed out', async () => {
    const files = await make()
    await written(files, id, 1000)
    expect(await files.blob(id, 1001, '')).toBe(null)
    expect((await files.blob(id, 999, ''))?.size).toBe(999)
  })

  test('one writer at a time; after closing, the next', async () => {
    const files = await make()
    const first = await files.open(id)
    await expect(files.open(id)).rejects.toMatchObject({ code: 'cannotOpenFile' })
    await first.close()
    const second = await files.open(id)
    // Closing again must not make room for a third.
    await first.close()
    await expect(files.open(id)).rejects.toMatchObject({ code: 'cannotOpenFile' })
    await second.close()
  })

  test('files are listed and removed one by one', async () => {
    const files = await make()
    for (const name of ['file-0001', 'file-0002', 'file-0003']) await written(files, name, 10)
    await files.remove('file-0002')
    expect((await files.list()).toSorted()).toEqual(['file-0001', 'file-0003'])
    expect(await files.size('file-0002')).toBe(null)
  })

  test('says how much may still be stored, or that it does not know', async () => {
    const files = await make()
    const available = await files.available()
    expect(available === null || available > 0).toBe(true)
  })
})

describe.each(['opfs', 'indexeddb with blobs', 'indexeddb with buffers'])('%s outlives its worker', (kind) => {
  test('what was flushed is there for the next one', async () => {
    const namespace = unique('files')
    const worker = startWorker()
    const files = await filesInWorker(kind, namespace, worker)
    const writer = await files.open('file-0001')
    await writer.write(contentAt(seed, 0, MEBI), 0)
    await writer.flush()
    worker.kill()
    const again = await filesInWorker(kind, namespace)
    const next = await again.open('file-0001')
    expect(next.size).toBe(MEBI)
    expect(firstDifference(seed, 0, await next.read(0, MEBI))).toBe(-1)
    await next.close()
  })

  test('namespaces do not see each other', async () => {
    const one = await filesInWorker(kind, unique('files'))
    const other = await filesInWorker(kind, unique('files'))
    await written(one, 'file-0001', 10)
    expect(await other.list()).toEqual([])
    expect(await other.size('file-0001')).toBe(null)
  })
})

test('opfs writes at once, without a promise', async () => {
  const files = await filesInWorker('opfs', unique('files'))
  const writer = await files.open('file-0001')
  await writer.write(contentAt(seed, 0, 100), 0)
  expect(files.wroteAtOnce).toBe(true)
  await writer.close()
})
