/** The store of last resort: its limit is stated and kept. */
import { expect, test } from 'vitest'
import { MEMORY_LIMIT, MemoryFiles } from '../../src/platform/browser/memory-files.ts'

test('the limit counts all files, and what is removed or cut makes room', async () => {
  const files = new MemoryFiles('', 1000)
  const one = await files.open('file-0001')
  const two = await files.open('file-0002')
  await one.write(new Uint8Array(600), 0)
  expect(await files.available()).toBe(400)
  expect(() => two.write(new Uint8Array(401), 0)).toThrow(expect.objectContaining({ code: 'noSpaceLeft' }))
  await one.truncate(500)
  await two.write(new Uint8Array(500), 0)
  expect(await files.available()).toBe(0)
  await one.write(new Uint8Array(500), 0)
  await one.close()
  await files.remove('file-0001')
  expect(await files.available()).toBe(500)
})

test('the default limit is 512 MiB, and the error says it', async () => {
  expect(MEMORY_LIMIT).toBe(512 * 1024 * 1024)
  const writer = await new MemoryFiles().open('file-0001')
  expect(() => writer.write(new Uint8Array(1), MEMORY_LIMIT)).toThrow(/536870912 bytes/)
})

test('what was cut off does not come back when the file grows again', async () => {
  const files = new MemoryFiles()
  const writer = await files.open('file-0001')
  await writer.write(new Uint8Array(100).fill(1), 0)
  await writer.truncate(50)
  await writer.write(new Uint8Array([2]), 99)
  expect([...(await writer.read(49, 3))]).toEqual([1, 0, 0])
  expect((await writer.read(0, 1000)).byteLength).toBe(100)
})
