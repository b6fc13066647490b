/** Locks between real processes that die, are stopped, and come back. */
import { readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { claimText, readClaim } from '../../src/platform/node/lock-claim.ts'
import { openLockFiles } from '../../src/platform/node/lock-files.ts'
import { succeed } from '../../src/platform/node/lock-succession.ts'
import { lifeOf, ownIdentity } from '../../src/platform/node/process-identity.ts'
import { lockChaos } from './support/lock-chaos.ts'
import { LockProcess } from './support/lock-process.ts'
import { scratch } from './support/scratch.ts'

const NAME = 'urlsession:background.media'
const quick = { beat: 5, stale: 1000, watch: 25 }
const elsewhereThanLinux = process.platform !== 'linux'

async function lockPath(folder: string): Promise<string> {
  const name = (await readdir(folder)).find((entry) => entry.endsWith('.lock'))
  return join(folder, name as string)
}

/** A claim that somebody else wrote, with what of it was different. */
async function foreign(folder: string, changes: Record<string, unknown>, age = 0): Promise<string> {
  const locks = await openLockFiles(folder)
  const lock = await locks.acquire(NAME)
  const path = await lockPath(folder)
  const claim = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
  await lock?.release()
  await writeFile(path, JSON.stringify({ ...claim, token: 'somebody-else', ...changes }))
  const then = new Date(Date.now() - age)
  await utimes(path, then, then)
  return path
}

describe('of many processes', () => {
  test(
    'a lock of a killed owner goes to exactly one of twenty that race for it, round after round',
    { timeout: 120_000 },
    async () => {
      const folder = await scratch()
      const racers = await Promise.all(Array.from({ length: 20 }, () => LockProcess.start(folder)))
      let owner = await LockProcess.start(folder)
      expect(await owner.acquire(NAME)).not.toBeNull()
      for (let round = 0; round < 15; round++) {
        await owner.kill()
        const answers = await Promise.all(racers.map((racer) => racer.acquire(NAME)))
        const winners = racers.filter((_racer, index) => answers[index] !== null)
        expect(winners).toHaveLength(1)
        owner = winners[0] as LockProcess
        racers.splice(racers.indexOf(owner), 1)
      }
    },
  )

  test(
    'there are never two owners, whoever is killed or stopped at whatever moment',
    { timeout: 180_000 },
    async () => {
      const { breaches, owners, inherited } = await lockChaos(await scratch(), { processes: 8, kills: 25 })
      expect(breaches).toEqual([])
      expect(owners).toBeGreaterThan(25)
      expect(inherited).toBeGreaterThan(5)
    },
  )

  test('a process that ends in good order leaves no lock behind', async () => {
    const folder = await scratch()
    const other = await LockProcess.start(folder)
    await other.acquire(NAME)
    await other.quit()
    expect(await readdir(folder)).toEqual([])
  })
})

describe('an owner that cannot be alive', () => {
  test.skipIf(elsewhereThanLinux)('has a pid that another process has now', async () => {
    const folder = await scratch()
    await foreign(folder, { pid: process.ppid, start: '1' })
    const lock = await (await openLockFiles(folder)).acquire(NAME)
    expect(lock).not.toBeNull()
    await lock?.release()
  })

  test.skipIf(elsewhereThanLinux)('wrote before this machine started', async () => {
    const folder = await scratch()
    await foreign(folder, { boot: 'another-boot' }, 10 * 365 * 86_400_000)
    expect(await (await openLockFiles(folder)).acquire(NAME)).not.toBeNull()
  })

  test('wrote a claim that a power cut emptied', async () => {
    const folder = await scratch()
    const path = await foreign(folder, {})
    await writeFile(path, '')
    const locks = await openLockFiles(folder)
    expect(await locks.acquire(NAME)).toBeNull()
    await utimes(path, new Date(0), new Date(0))
    expect(await locks.isHeld(NAME)).toBe(false)
    expect(await locks.acquire(NAME)).not.toBeNull()
  })
})

describe('an owner whose process cannot be seen', () => {
  const elsewhere = { host: `not-${hostname()}`, boot: 'another-boot', space: 'another-space' }

  test('is alive while it touches its lock', async () => {
    const folder = await scratch()
    const path = await foreign(folder, elsewhere)
    const locks = await openLockFiles(folder, quick)
    expect(await locks.acquire(NAME)).toBeNull()
    // It seems to have been silent for long, as after sleep, and is heard when one listens.
    await utimes(path, new Date(0), new Date(0))
    const asking = locks.acquire(NAME)
    await utimes(path, new Date(), new Date())
    expect(await asking).toBeNull()
  })

  test('is dead when it has been silent for long and stays so', async () => {
    const folder = await scratch()
    await foreign(folder, elsewhere, 60_000)
    const locks = await openLockFiles(folder, quick)
    expect(await locks.acquire(NAME)).not.toBeNull()
  })

  test('our own lock is touched, so that others can hear us', async () => {
    const folder = await scratch()
    const lock = await (await openLockFiles(folder, quick)).acquire(NAME)
    const path = await lockPath(folder)
    await utimes(path, new Date(0), new Date(0))
    await expect.poll(async () => (await readClaim(path))?.seen).toBeGreaterThan(Date.now() - 60_000)
    await lock?.release()
  })
})

describe('taking over', () => {
  const dead = async (): Promise<'dead'> => 'dead'

  async function stage(): Promise<{ lock: string; claim: (name: string, token: string) => Promise<string> }> {
    const folder = await scratch()
    const claim = async (name: string, token: string): Promise<string> => {
      const path = join(folder, name)
      await writeFile(path, claimText(token))
      return path
    }
    return { lock: await claim('a.lock', 'dead-owner'), claim }
  }

  test('whoever comes too late throws nobody out', async () => {
    const { lock, claim } = await stage()
    const found = await readClaim(lock)
    const [fast, slow] = [await claim('fast', 'fast-heir'), await claim('slow', 'slow-heir')]
    if (!found) throw new Error('no claim')
    expect(await succeed(lock, fast, found, dead)).toBe('done')
    // As the owner does once it has the lock: the right of the first heir is tidied away.
    await rename(`${lock}.heir-dead-owner`, `${lock}.gone`)
    expect(await succeed(lock, slow, found, dead)).toBe('changed')
    expect((await readClaim(lock))?.token).toBe('fast-heir')
  })

  test('an heir that died on the way is succeeded, and so is the heir of that', async () => {
    const { lock, claim } = await stage()
    const found = await readClaim(lock)
    await claim('a.lock.heir-dead-owner', 'first-heir')
    await claim('a.lock.heir-first-heir', 'second-heir')
    const fresh = await claim('fresh', 'third-heir')
    if (!found) throw new Error('no claim')
    expect(await succeed(lock, fresh, found, dead)).toBe('done')
    expect((await readClaim(lock))?.token).toBe('third-heir')
  })

  test('an heir that lives is left to it', async () => {
    const { lock, claim } = await stage()
    const found = await readClaim(lock)
    await claim('a.lock.heir-dead-owner', 'first-heir')
    if (!found) throw new Error('no claim')
    const alive = async (): Promise<'alive'> => 'alive'
    expect(await succeed(lock, await claim('fresh', 'second-heir'), found, alive)).toBe('taken')
    expect((await readClaim(lock))?.token).toBe('dead-owner')
  })

  test('what dead processes left beside the lock is gone once it has an owner', async () => {
    const folder = await scratch()
    const path = await foreign(folder, { pid: 2 ** 22 + 1, start: '1' })
    await writeFile(`${path}.heir-long-ago`, '')
    await writeFile(`${path}.new-long-ago`, '')
    await utimes(`${path}.new-long-ago`, new Date(0), new Date(0))
    const lock = await (await openLockFiles(folder, quick)).acquire(NAME)
    expect(await readdir(folder)).toEqual([(await lockPath(folder)).split('/').at(-1)])
    await lock?.release()
    expect(await readdir(folder)).toEqual([])
  })
})

describe('tidying up', () => {
  test('locks of the dead that nobody asks for are gone a day later; young, living and unknown ones stay', async () => {
    const folder = await scratch()
    const nobody = { pid: 2 ** 22 + 1, start: '1' }
    const day = new Date(Date.now() - 90_000_000)
    const claim = async (name: string, changes: object, time: Date): Promise<void> => {
      const path = join(folder, name)
      await writeFile(
        path,
        JSON.stringify({ ...ownIdentity(), token: `token-of-${name.replace('.', '-')}`, ...changes }),
      )
      await utimes(path, time, time)
    }
    await claim('dead.lock', nobody, day)
    await claim('succeeded.lock', nobody, day)
    await claim('succeeded.lock.heir-token-of-succeeded-lock', {}, new Date())
    await claim('young.lock', nobody, new Date())
    await claim('unknown.lock', { host: 'elsewhere', boot: 'x', space: 'y' }, day)
    await claim('gone.lock.heir-long-ago', nobody, day)
    await claim('gone.lock.new-long-ago', nobody, day)
    await claim('unknown.lock.heir-long-ago', nobody, day)
    if (ownIdentity().start !== null) await claim('alive.lock', {}, day)
    await openLockFiles(folder)
    const left = new Set(await readdir(folder))
    for (const name of ['dead.lock', 'gone.lock.heir-long-ago', 'gone.lock.new-long-ago'])
      expect(left.has(name)).toBe(false)
    left.delete('alive.lock')
    expect(left).toEqual(
      new Set([
        'succeeded.lock',
        'succeeded.lock.heir-token-of-succeeded-lock',
        'young.lock',
        'unknown.lock',
        'unknown.lock.heir-long-ago',
      ]),
    )
  })

  test('an heir that lives is waited for, but not for long', async () => {
    const folder = await scratch()
    const path = await foreign(folder, { pid: 2 ** 22 + 1, start: '1' })
    const heir = `${path}.heir-somebody-else`
    await writeFile(heir, claimText('living-heir'))
    const locks = await openLockFiles(folder)
    expect(await locks.acquire(NAME)).toBeNull()
    const asking = locks.acquire(NAME)
    await rm(path)
    await rm(heir)
    const lock = await asking
    expect(lock).not.toBeNull()
    await lock?.release()
  })
})

test('a process knows itself, and only itself', () => {
  const own = ownIdentity()
  const now = Date.now()
  expect(lifeOf(own, now)).toBe(own.start === null ? 'unknown' : 'alive')
  expect(lifeOf({ ...own, pid: 2 ** 22 + 1 }, now)).toBe('dead')
  expect(lifeOf({ ...own, host: 'elsewhere', boot: 'x', space: 'y' }, 0)).toBe('unknown')
  const bare = { ...own, boot: null, space: null, start: null }
  expect(lifeOf(bare, now, bare)).toBe('unknown')
  expect(lifeOf({ ...bare, pid: 2 ** 22 + 1 }, now, bare)).toBe('dead')
})
