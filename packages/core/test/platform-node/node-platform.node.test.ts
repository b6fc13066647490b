/** The platform as a whole, and what it does with finished files. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { capabilitiesOf, nodeCapabilities } from '../../src/platform/node/node-capabilities.ts'
import { nodePlatform } from '../../src/platform/node/node-platform.ts'
import { placeFile } from '../../src/platform/node/place-file.ts'
import type { Platform } from '../../src/ports/platform.ts'
import { scratch } from './support/scratch.ts'
import { smallDisk } from './support/small-disk.ts'

const ID = 'file-0001'

async function stage(size = 1000): Promise<{ folder: string; platform: Platform }> {
  const folder = await scratch()
  const platform = await nodePlatform({ namespace: 'background.media', directory: join(folder, 'state') })
  const writer = await platform.files.open(ID)
  await writer.write(contentAt(1, 0, size), 0)
  await writer.flush()
  await writer.close()
  return { folder, platform }
}

const bytes = (size: number): Buffer => Buffer.from(contentAt(1, 0, size))

test('state of all sessions is in one directory, files of each in their own', async () => {
  const { folder, platform } = await stage()
  await platform.records.set('background.media/task/1', { v: 1 })
  const lock = await platform.locks.acquire('urlsession:background.media')
  const other = await nodePlatform({ namespace: 'default', directory: join(folder, 'state') })
  expect(await other.records.entries('background.media/')).toHaveLength(1)
  expect(await other.files.list()).toEqual([])
  expect(await other.locks.acquire('urlsession:background.media')).toBeNull()
  await lock?.release()
  expect((await readdir(join(folder, 'state'))).toSorted()).toEqual(['background.media', 'default', 'locks', 'records'])
  expect(platform.files.path(ID)).toBe(join(folder, 'state', 'background.media', 'files', ID))
  // Records may hold addresses that are a secret by themselves.
  if (process.platform !== 'win32') expect((await stat(join(folder, 'state', 'records'))).mode & 0o077).toBe(0)
})

test('says what it can and why, and the same before an engine runs', async () => {
  const { folder, platform } = await stage()
  const { fileStore, records, engine } = platform.facts
  expect([engine, fileStore.kind, records.durable]).toEqual(['inline', 'disk', true])
  const { reasons, ...values } = capabilitiesOf(fileStore.reason)
  const { reasons: _promised, ...promised } = nodeCapabilities
  expect(values).toEqual(promised)
  expect(reasons.fileStore).toContain(folder)
  for (const reason of Object.values(reasons)) expect(reason.length).toBeGreaterThan(10)
})

test('a directory that cannot be made says so', async () => {
  const folder = await scratch()
  await writeFile(join(folder, 'file'), '')
  await expect(nodePlatform({ namespace: 'default', directory: join(folder, 'file') })).rejects.toMatchObject({
    code: 'cannotCreateFile',
    message: expect.stringContaining(folder),
  })
})

test('digests are there when they are asked for', async () => {
  const { platform } = await stage()
  const digest = await platform.digest('sha256')
  digest.update(new TextEncoder().encode('abc'))
  expect(Buffer.from(digest.finish()).toString('hex')).toMatch(/^ba7816bf/)
})

describe('placing', () => {
  test('moves the file, makes the folders, replaces what was there', async () => {
    const { folder, platform } = await stage()
    const target = join(folder, 'deep', 'er', 'film.mp4')
    await mkdir(join(folder, 'deep', 'er'), { recursive: true })
    await writeFile(target, 'an older film, and a longer one'.repeat(100))
    await platform.place(ID, 900, target)
    expect((await readFile(target)).equals(bytes(900))).toBe(true)
    expect(await platform.files.size(ID)).toBeNull()
    expect(await readdir(join(folder, 'deep', 'er'))).toEqual(['film.mp4'])
    expect(await (await platform.placed(target, 900, 'video/mp4'))?.arrayBuffer()).toHaveProperty('byteLength', 900)
    expect(await platform.placed(target, 901, '')).toBeNull()
    expect(await platform.placed(`${target}.not`, 900, '')).toBeNull()
  })

  const otherDisk = smallDisk
  test.skipIf(otherDisk === null)('across file systems copies beside the target, and then renames', async () => {
    const { platform } = await stage(300_000)
    const target = join((await otherDisk?.(1 << 20)) as string, 'films', 'film.mp4')
    await platform.place(ID, 300_000, target)
    expect((await readFile(target)).equals(bytes(300_000))).toBe(true)
    expect(await readdir(join(target, '..'))).toEqual(['film.mp4'])
  })

  test.skipIf(otherDisk === null)(
    'across file systems without enough space is noSpaceLeft, and leaves nothing behind',
    async () => {
      const { platform } = await stage(3_000_000)
      const folder = (await otherDisk?.(1 << 20)) as string
      await expect(platform.place(ID, 3_000_000, join(folder, 'film.mp4'))).rejects.toMatchObject({
        code: 'noSpaceLeft',
        phase: 'delivery',
      })
      expect(await readdir(folder)).toEqual([])
      expect(await platform.files.size(ID)).toBe(3_000_000)
    },
  )

  test('where rename is not possible, the same without another disk', async () => {
    const { folder, platform } = await stage()
    const target = join(folder, 'film.mp4')
    await writeFile(join(folder, `.urlsession-${ID}`), 'left by a process that was killed while it copied')
    await placeFile(platform.files.path(ID) as string, 1000, target, () =>
      Promise.reject(Object.assign(new Error('other disk'), { code: 'EXDEV' })),
    )
    expect((await readFile(target)).equals(bytes(1000))).toBe(true)
    expect((await readdir(folder)).toSorted()).toEqual(['film.mp4', 'state'])
    expect(await platform.files.size(ID)).toBe(null)
  })

  test('copying keeps the original', async () => {
    const { folder, platform } = await stage()
    const target = join(folder, 'copies', 'film.mp4')
    await platform.copy(ID, 500, target)
    expect((await readFile(target)).equals(bytes(500))).toBe(true)
    expect(await platform.files.size(ID)).toBe(1000)
  })

  test('a relative path is meant from the working directory', async () => {
    const { folder, platform } = await stage()
    const before = process.cwd()
    process.chdir(folder)
    onTestFinished(() => process.chdir(before))
    await platform.copy(ID, 10, 'film.mp4')
    expect((await readFile(join(folder, 'film.mp4'))).length).toBe(10)
  })

  test('says what is wrong: no file, too short, a folder in the way, a file the user picked', async () => {
    const { folder, platform } = await stage()
    await expect(platform.place('file-0002', 1, join(folder, 'a'))).rejects.toMatchObject({ code: 'fileDoesNotExist' })
    await expect(platform.place(ID, 1001, join(folder, 'a'))).rejects.toMatchObject({
      code: 'fileDoesNotExist',
      message: expect.stringContaining('1001'),
    })
    await expect(platform.place(ID, 1000, folder)).rejects.toMatchObject({
      code: 'cannotMoveFile',
      message: expect.stringContaining(folder),
    })
    await writeFile(join(folder, 'plain'), '')
    await expect(platform.copy(ID, 1000, join(folder, 'plain', 'film.mp4'))).rejects.toMatchObject({
      code: 'cannotMoveFile',
    })
    const picked = {
      kind: 'file',
      name: 'film.mp4',
      createWritable: () => Promise.reject(new Error('never asked')),
    } as const
    await expect(platform.place(ID, 1000, picked)).rejects.toMatchObject({ code: 'unsupportedByPlatform' })
    expect(await platform.files.size(ID)).toBe(1000)
    await rm(folder, { recursive: true })
  })
})
