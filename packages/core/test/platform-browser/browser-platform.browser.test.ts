/** The whole platform, put together where it really runs. */
import { expect, test } from 'vitest'
import { browserPlatform } from '../../src/platform/browser/browser-platform.ts'
import { startWorker, unique } from './support/in-worker.ts'

const emptySHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

test('in a worker everything is at its best', async () => {
  const { kind, facts, record, empty } = await startWorker().call('platform', unique('platform'))
  expect(kind).toBe('opfs')
  expect(facts).toMatchObject({ engine: 'worker', fileStore: { kind: 'opfs' }, records: { durable: true } })
  expect(record).toBe(1)
  expect(Array.from(empty, (byte) => byte.toString(16).padStart(2, '0')).join('')).toBe(emptySHA256)
})

test('in a page it works too, with weaker storage, and says so', async () => {
  const namespace = unique('platform')
  const platform = await browserPlatform('inline')({ namespace, directory: null })
  expect(platform.facts).toMatchObject({
    engine: 'inline',
    fileStore: { kind: 'indexeddb' },
    records: { durable: true },
  })
  const writer = await platform.files.open('file-0001')
  await writer.write(new Uint8Array([1, 2, 3]), 0)
  await writer.flush()
  await writer.close()
  const handle = await (await navigator.storage.getDirectory()).getFileHandle(namespace, { create: true })
  await platform.copy('file-0001', 3, handle)
  await platform.place('file-0001', 3, handle)
  expect((await handle.getFile()).size).toBe(3)
  expect(await platform.placed('/anything', 3, '')).toBe(null)
  const lock = await platform.locks.acquire(namespace)
  expect(lock).not.toBe(null)
  await lock?.release()
})
