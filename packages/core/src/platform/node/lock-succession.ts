/**
 * Owns: taking over from the dead, so that of any number of processes that try, one gets the lock.
 *
 * Why it is more than a rename: between seeing that an owner is dead and acting on it, somebody else may
 * have acted, and a late rename would throw a living owner out. So the right to succeed the claim T is a
 * file of its own, named after T, made by whoever comes first. T's token is never used again, so that right
 * can be had once; and who has it may act only while the lock still says T, which nobody else can change
 * then: T's owner is dead, and there is no second heir. An heir that died before it acted leaves its own
 * claim in that file, and is succeeded in the same way: a chain of heirs, whose last link has the right.
 */
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Life } from './process-identity.ts'
import { placeClaim, readClaim, type Claim } from './lock-claim.ts'

export type Succession =
  /** The lock is ours. */
  | 'done'
  /** Somebody alive is taking it over. */
  | 'taken'
  /** The lock is not what it was: look again. */
  | 'changed'

/** A file that nobody has needed for this long, in milliseconds, was left by a process that died. */
const LEFTOVER_AGE = 3_600_000

const heirPath = (lock: string, token: string): string => `${lock}.heir-${token}`
export const freshPath = (lock: string, token: string): string => `${lock}.new-${token}`

/**
 * @param lock The lock's path.
 * @param fresh Where our own claim stands, to be moved to the lock's path.
 * @param dead The claim of the dead owner that was found at the lock's path.
 */
export async function succeed(
  lock: string,
  fresh: string,
  dead: Claim,
  judge: (claim: Claim, path: string) => Promise<Life>,
): Promise<Succession> {
  let heir = heirPath(lock, dead.token)
  while (!(await placeClaim(fresh, heir))) {
    const before = await readClaim(heir)
    if (before === null) return 'changed'
    if ((await judge(before, heir)) !== 'dead') return 'taken'
    heir = heirPath(lock, before.token)
  }
  return (await actAsHeir(lock, heir, dead, () => rename(fresh, lock))) ? 'done' : 'changed'
}

/** Frees a lock of the dead for which nobody asks. Does nothing when it has an heir already. */
export async function removeDead(lock: string, fresh: string, dead: Claim): Promise<void> {
  const heir = heirPath(lock, dead.token)
  if (!(await placeClaim(fresh, heir))) return
  if (await actAsHeir(lock, heir, dead, () => rm(lock))) await rm(heir, { force: true })
}

/** Acts if the lock still is the dead owner's; else, and when that fails, gives the right back. */
async function actAsHeir(lock: string, heir: string, dead: Claim, act: () => Promise<void>): Promise<boolean> {
  try {
    if ((await readClaim(lock))?.token === dead.token) {
      await act()
      return true
    }
  } catch (error) {
    // Or nobody could take the lock while we live.
    await rm(heir, { force: true })
    throw error
  }
  await rm(heir, { force: true })
  return false
}

/**
 * Removes what dead processes left beside a lock. Only its living owner may: while the lock is its own,
 * no right to succeed anybody else is worth anything.
 */
export async function tidy(lock: string): Promise<void> {
  const name = basename(lock)
  for (const other of await readdir(dirname(lock))) {
    const path = join(dirname(lock), other)
    if (other.startsWith(`${name}.heir-`)) await rm(path, { force: true })
    if (other.startsWith(`${name}.new-`) && (await isOld(path))) await rm(path, { force: true })
  }
}

async function isOld(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > LEFTOVER_AGE
  } catch {
    return false
  }
}
