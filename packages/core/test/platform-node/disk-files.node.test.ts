/** Files of downloads on a real disk, beyond what every file store promises. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { contentAt, firstDifference } from '../../../testing/src/origin/content.ts'
import { openDiskFiles } from '../../src/platform/node/disk-files.ts'
import { scratch } from './support/scratch.ts'

const ID = 'file-0001'

test('only an id names a file: no path, no capital, no dot', async () => {
  const files = await openDiskFiles(await scratch())
  for (const id of [
    '../../etc/passwd',
    'short',
    'With-Capital',
    'with.dot',
    'a/b-c-d-e-f',
    '',
    'x'.repeat(65),
    'nul\0-nul-nul',
  ]) {
    await expect(files.open(id)).rejects.toMatchObject({ code: 'cannotOpenFile', phase: 'storage' })
    await expect(files.remove(id)).rejects.toMatchObject({ code: 'cannotOpenFile' })
    expect(() => files.path(id)).toThrow(/is not the id of a file/)
  }
})

test('two stores on one folder share its writers', async () => {
  const folder = await scratch()
  const [one, other] = [await openDiskFiles(folder), await openDiskFiles(folder)]
  const writer = await one.open(ID)
  await expect(other.open(ID)).rejects.toMatchObject({ code: 'cannotOpenFile' })
  await writer.close()
  await (await other.open(ID)).close()
})

test('whatever is written where and in whatever pieces, the file is what a plain buffer would be', async () => {
  const files = await openDiskFiles(await scratch())
  for (let seed = 1; seed <= 6; seed++) {
    // A small generator of our own, so that a failure can be run again.
    let state = seed * 2_654_435_761
    const next = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    const model = Buffer.alloc(6 << 20)
    let end = 0
    const writer = await files.open(`random-${seed}-000`)
    let at = 0
    const pending: unknown[] = []
    for (let step = 0; step < 50; step++) {
      const length = [next(100), next(70_000), next(300_000), next(1_500_000)][next(4)] ?? 0
      // Mostly onward, sometimes anywhere, over what is there too.
      if (next(5) === 0) at = next(end + 1000)
      if (at + length > model.length) at = 0
      const bytes = contentAt(seed * 1000 + step, 0, length)
      pending.push(writer.write(bytes, at))
      model.set(bytes, at)
      if (length > 0) end = Math.max(end, at + length)
      at += length
      if (next(3) === 0) await pending.at(-1)
      if (next(12) === 0) {
        await Promise.all(pending)
        const from = next(end + 1)
        const read = await writer.read(from, 50_000)
        expect(model.subarray(from, Math.min(end, from + 50_000)).equals(read)).toBe(true)
      }
      if (next(20) === 0) {
        await writer.truncate(next(end + 1))
        await writer.flush()
        const { size } = await stat(files.path(`random-${seed}-000`) as string)
        model.fill(0, size)
        end = size
      }
    }
    await writer.flush()
    await writer.close()
    const there = await readFile(files.path(`random-${seed}-000`) as string)
    expect([there.length, there.equals(model.subarray(0, end))]).toEqual([end, true])
  }
})

test('a file of more than 4 GiB is there as a blob, to its last byte', async () => {
  const files = await openDiskFiles(await scratch())
  const size = 5 * 2 ** 30
  const writer = await files.open(ID)
  await writer.write(new Uint8Array([1, 2, 3]), size - 3)
  await writer.flush()
  await writer.close()
  const blob = await files.blob(ID, size - 1, 'video/mp4')
  expect([blob?.size, blob?.type, blob instanceof Blob]).toEqual([size - 1, 'video/mp4', true])
  const end = blob?.slice(-3, undefined, 'text/plain') as Blob
  expect([end.size, end.type, ...new Uint8Array(await end.arrayBuffer())]).toEqual([3, 'text/plain', 0, 1, 2])
  expect(await end.slice(1, 2).text()).toBe('\u0001')
  expect(end.slice(2, 1).size).toBe(0)
  const long = blob?.slice(size - 3_000_000) as Blob
  let [read, last] = [0, 0]
  for await (const piece of long.stream()) [read, last] = [read + piece.length, piece.at(-1) ?? 0]
  expect([read, last]).toEqual([2_999_999, 2])
  expect((await new Response(long).arrayBuffer()).byteLength).toBe(2_999_999)
})

test('bytes that were taken in passing are there after close, though nobody flushed', async () => {
  const files = await openDiskFiles(await scratch())
  const writer = await files.open(ID)
  expect(writer.write(contentAt(1, 0, 1000), 0)).toBeUndefined()
  await writer.close()
  expect(await files.size(ID)).toBe(1000)
})

describe('what the system refuses', () => {
  test('a disk that is full is noSpaceLeft, and stays so for this writer', async (context) => {
    const full = await stat('/dev/full').catch(() => null)
    context.skip(full === null, 'there is no /dev/full')
    const folder = await scratch()
    await symlink('/dev/full', join(folder, ID))
    const writer = await (await openDiskFiles(folder)).open(ID)
    await expect(async () => await writer.write(contentAt(1, 0, 400_000), 0)).rejects.toMatchObject({
      code: 'noSpaceLeft',
      message: expect.stringContaining('ENOSPC'),
      cause: expect.objectContaining({ code: 'ENOSPC' }),
    })
    await expect(writer.flush()).rejects.toMatchObject({ code: 'noSpaceLeft' })
    await writer.close()
  })

  test('what was taken in passing and did not fit is told by flush', async (context) => {
    const full = await stat('/dev/full').catch(() => null)
    context.skip(full === null, 'there is no /dev/full')
    const folder = await scratch()
    await symlink('/dev/full', join(folder, ID))
    const writer = await (await openDiskFiles(folder)).open(ID)
    await writer.write(contentAt(1, 0, 1000), 0)
    await expect(writer.flush()).rejects.toMatchObject({ code: 'noSpaceLeft' })
    await writer.close()
  })

  test('a folder that cannot be made, a file that is a folder: said with the system code', async () => {
    const folder = await scratch()
    await writeFile(join(folder, 'taken'), '')
    await expect(openDiskFiles(join(folder, 'taken', 'files'))).rejects.toMatchObject({
      code: 'cannotCreateFile',
      message: expect.stringContaining('ENOTDIR'),
    })
    await mkdir(join(folder, ID))
    await expect((await openDiskFiles(folder)).open(ID)).rejects.toMatchObject({
      code: 'cannotCreateFile',
      message: expect.stringContaining('EISDIR'),
    })
  })

  test('a failed open does not block the id', async () => {
    const folder = await scratch()
    const files = await openDiskFiles(folder)
    await mkdir(join(folder, ID))
    await expect(files.open(ID)).rejects.toMatchObject({ code: 'cannotCreateFile' })
    await rm(join(folder, ID), { recursive: true })
    await (await files.open(ID)).close()
  })

  test('a folder that somebody removed is made again', async () => {
    const folder = join(await scratch(), 'files')
    const files = await openDiskFiles(folder)
    await rm(folder, { recursive: true })
    expect([await files.list(), await files.size(ID), await files.blob(ID, 0, '')]).toEqual([[], null, null])
    await (await files.open(ID)).close()
    expect(await files.list()).toEqual([ID])
  })
})

test('a process that is killed while it writes has what it flushed', { timeout: 60_000 }, async () => {
  for (let round = 0; round < 6; round++) {
    const folder = await scratch()
    const child = fork(new URL('./support/writing-child.ts', import.meta.url), [folder, ID], { execArgv: [] })
    onTestFinished(() => void child.kill('SIGKILL'))
    let flushed = 0
    const enough = 1 + Math.floor(Math.random() * 20)
    for (let checkpoints = 0; checkpoints < enough; checkpoints++)
      [flushed] = (await once(child, 'message')) as [number]
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    const there = await readFile(join(folder, ID))
    expect(there.length).toBeGreaterThanOrEqual(flushed)
    expect(firstDifference(1, 0, there.subarray(0, flushed))).toBe(-1)
    // And it can be gone on with from there.
    await truncate(join(folder, ID), flushed)
    const writer = await (await openDiskFiles(folder)).open(ID)
    expect(writer.size).toBe(flushed)
    await writer.close()
  }
})
