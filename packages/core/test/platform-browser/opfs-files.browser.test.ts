/** What only OPFS knows: handles of workers that just died, directories that go away, disks that are full. */
import { expect, onTestFinished, test } from 'vitest'
import { OPFSFiles } from '../../src/platform/browser/opfs-files.ts'
import { OPFSWriter } from '../../src/platform/browser/opfs-writer.ts'
import { filesInWorker, startWorker, unique } from './support/in-worker.ts'

const id = 'file-0001'

test('a handle that lingers after its worker died is waited for', async () => {
  const namespace = unique('opfs')
  const dying = startWorker()
  const writer = await (await filesInWorker('opfs', namespace, dying)).open(id)
  await writer.write(new Uint8Array([1, 2, 3]), 0)
  const opening = (await filesInWorker('opfs', namespace)).open(id)
  dying.kill()
  const next = await opening
  expect([...(await next.read(0, 9))]).toEqual([1, 2, 3])
  await next.close()
})

test('a handle that a living worker keeps is told after a bounded wait', async () => {
  const namespace = unique('opfs')
  const writer = await (await filesInWorker('opfs', namespace)).open(id)
  await expect((await filesInWorker('opfs', namespace)).open(id)).rejects.toMatchObject({
    code: 'cannotOpenFile',
    phase: 'storage',
  })
  await writer.close()
})

test('a directory that was removed is made again', async () => {
  const namespace = unique('opfs')
  const files = await filesInWorker('opfs', namespace)
  await (await files.open(id)).close()
  const root = await navigator.storage.getDirectory()
  await (await root.getDirectoryHandle('urlsession')).removeEntry(namespace, { recursive: true })
  expect(await files.size(id)).toBe(null)
  expect(await files.list()).toEqual([])
  const writer = await files.open(id)
  await writer.write(new Uint8Array([7]), 0)
  await writer.close()
  expect(await files.size(id)).toBe(1)
})

test('a blob stays readable after its writer closed, and is the file on disk', async () => {
  const files = await filesInWorker('opfs', unique('opfs'))
  const writer = await files.open(id)
  await writer.write(new TextEncoder().encode('hello'), 0)
  await writer.flush()
  await writer.close()
  const blob = await files.blob(id, 5, 'text/plain')
  expect(await blob?.text()).toBe('hello')
  expect(await blob?.text()).toBe('hello')
})

/** A handle that takes at most so many bytes a call, and so many in all. */
function fakeHandle(most: number, room: number): FileSystemSyncAccessHandle & { taken: number[] } {
  const taken: number[] = []
  const write = (bytes: Uint8Array, { at }: { at: number }): number => {
    const count = Math.min(bytes.byteLength, most, room - taken.length)
    for (let index = 0; index < count; index++) taken[at + index] = bytes[index] ?? 0
    return count
  }
  return { taken, write, getSize: () => 0 } as unknown as ReturnType<typeof fakeHandle>
}

test('a write that takes a part goes on until all is taken', () => {
  const handle = fakeHandle(3, 100)
  new OPFSWriter(handle, () => {}).write(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]), 0)
  expect(handle.taken).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})

test('a disk that takes no more is noSpaceLeft, and so is a quota', () => {
  const full = new OPFSWriter(fakeHandle(3, 5), () => {})
  expect(() => full.write(new Uint8Array(8), 0)).toThrow(expect.objectContaining({ code: 'noSpaceLeft' }))
  const handle = fakeHandle(3, 5)
  handle.write = () => {
    throw new DOMException('no more', 'QuotaExceededError')
  }
  const overQuota = new OPFSWriter(handle, () => {})
  expect(() => overQuota.write(new Uint8Array(8), 0)).toThrow(expect.objectContaining({ code: 'noSpaceLeft' }))
})

test('any other failure of a write is cannotWriteToFile', () => {
  const handle = fakeHandle(3, 5)
  handle.write = () => {
    throw new DOMException('closed', 'InvalidStateError')
  }
  expect(() => new OPFSWriter(handle, () => {}).write(new Uint8Array(8), 0)).toThrow(
    expect.objectContaining({ code: 'cannotWriteToFile', phase: 'storage' }),
  )
})

/** An OPFS with one file; each list holds what its operation fails with, call by call, before it works. */
function fakeOPFS(failures: { directory?: string[]; file?: string[]; handle?: string[] }): { directories: number } {
  const seen = { directories: 0 }
  const failing = async (names: string[] = []): Promise<void> => {
    const name = names.shift()
    if (name !== undefined) throw new DOMException('refused by the test', name)
  }
  const file = {
    async createSyncAccessHandle() {
      await failing(failures.handle)
      return { getSize: () => 5, close: () => {} }
    },
  }
  const directory = {
    async getFileHandle() {
      await failing(failures.file)
      return file
    },
  }
  const root = {
    async getDirectoryHandle(name: string) {
      if (name !== 'urlsession') return directory
      seen.directories++
      await failing(failures.directory)
      return root
    },
  }
  Object.defineProperty(navigator, 'storage', { value: { getDirectory: async () => root }, configurable: true })
  onTestFinished(() => void Reflect.deleteProperty(navigator, 'storage'))
  return seen
}

test('a handle that is refused for a while is asked for again', async () => {
  fakeOPFS({ handle: ['NoModificationAllowedError', 'NoModificationAllowedError', 'NoModificationAllowedError'] })
  const writer = await new OPFSFiles('fake').open(id)
  expect(writer.size).toBe(5)
})

test.each(['InvalidStateError', 'NotFoundError'])('after %s the directory is fetched again, once', async (name) => {
  const seen = fakeOPFS({ file: [name] })
  const files = new OPFSFiles('fake')
  await (await files.open(id)).close()
  expect(seen.directories).toBe(2)
  await (await files.open(id)).close()
  expect(seen.directories).toBe(2)
  const hopeless = fakeOPFS({ file: ['InvalidStateError', 'InvalidStateError', 'InvalidStateError'] })
  await expect(new OPFSFiles('fake').open(id)).rejects.toMatchObject({ code: 'cannotOpenFile' })
  expect(hopeless.directories).toBe(2)
})

test('a directory that could not be fetched is tried again by the next who needs it', async () => {
  fakeOPFS({ directory: ['UnknownError'] })
  const files = new OPFSFiles('fake')
  await expect(files.open(id)).rejects.toMatchObject({ code: 'cannotOpenFile' })
  await (await files.open(id)).close()
})
