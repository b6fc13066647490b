/** Finished files on their way to where the user wants them. */
import { expect, test } from 'vitest'
import type { PickedFile } from '../../src/model/download-options.ts'
import { MemoryFiles } from '../../src/platform/browser/memory-files.ts'
import { placeFile } from '../../src/platform/browser/place-file.ts'
import { unique } from './support/in-worker.ts'

const id = 'file-0001'

async function filesWith(text: string): Promise<MemoryFiles> {
  const files = new MemoryFiles()
  const writer = await files.open(id)
  await writer.write(new TextEncoder().encode(text), 0)
  await writer.close()
  return files
}

/** A real handle: OPFS has the same ones as the save picker, which no test can click. */
async function picked(name: string): Promise<FileSystemFileHandle> {
  return (await navigator.storage.getDirectory()).getFileHandle(name, { create: true })
}

const failing = (name: string): PickedFile => ({
  kind: 'file',
  name: 'film.mp4',
  createWritable: () => Promise.reject(new DOMException('refused by the test', name)),
})

test('the bytes replace what was in the file, and nothing remains behind them', async () => {
  const handle = await picked(unique('picked'))
  const writable = await handle.createWritable()
  await writable.write('something much longer')
  await writable.close()
  await placeFile(await filesWith('hello'), id, 5, handle)
  expect(await (await handle.getFile()).text()).toBe('hello')
})

test('a path is refused with what to do instead', async () => {
  await expect(placeFile(await filesWith('hello'), id, 5, '/tmp/hello')).rejects.toMatchObject({
    code: 'unsupportedByPlatform',
    message: expect.stringMatching(/file\.save\(\)/),
  })
})

test('bytes that are gone are told so, and the file is not touched', async () => {
  const handle = await picked(unique('picked'))
  await expect(placeFile(new MemoryFiles(), id, 5, handle)).rejects.toMatchObject({ code: 'fileDoesNotExist' })
  await expect(placeFile(await filesWith('hell'), id, 5, handle)).rejects.toMatchObject({ code: 'fileDoesNotExist' })
  expect((await handle.getFile()).size).toBe(0)
})

test('a permission that is missing names the file and the way to it', async () => {
  await expect(placeFile(await filesWith('hello'), id, 5, failing('NotAllowedError'))).rejects.toMatchObject({
    code: 'cannotWriteToFile',
    retryable: false,
    message: expect.stringMatching(/film\.mp4.*requestPermission/),
  })
})

test('a full disk is noSpaceLeft; anything else is cannotWriteToFile', async () => {
  const files = await filesWith('hello')
  await expect(placeFile(files, id, 5, failing('QuotaExceededError'))).rejects.toMatchObject({ code: 'noSpaceLeft' })
  await expect(placeFile(files, id, 5, failing('NotFoundError'))).rejects.toMatchObject({ code: 'cannotWriteToFile' })
})

test('a write that fails leaves the file as it was', async () => {
  const handle = await picked(unique('picked'))
  let aborted = false
  const breaking: PickedFile = {
    kind: 'file',
    name: handle.name,
    async createWritable() {
      const writable = await handle.createWritable()
      writable.write = () => Promise.reject(new DOMException('refused by the test', 'QuotaExceededError'))
      const abort = writable.abort.bind(writable)
      writable.abort = async (reason) => {
        aborted = true
        await abort(reason)
      }
      return writable
    },
  }
  await placeFile(await filesWith('before'), id, 6, handle)
  await expect(placeFile(await filesWith('hello'), id, 5, breaking)).rejects.toMatchObject({ code: 'noSpaceLeft' })
  expect(await (await handle.getFile()).text()).toBe('before')
  expect(aborted).toBe(true)
})
