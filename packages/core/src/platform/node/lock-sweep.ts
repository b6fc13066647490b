/**
 * Owns: what dead processes left in a folder of locks that nobody asks for again. Why: every engine takes a
 * lock under a name of its own, and one that is killed leaves it for good.
 */
import { randomUUID } from 'node:crypto'
import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { claimText, lifeOfOwner, readClaim } from './lock-claim.ts'
import { freshPath, removeDead } from './lock-succession.ts'

/** Milliseconds since anybody touched it: nothing younger is looked at. */
const OLD = 86_400_000

/** Best effort: what cannot be read or removed stays. */
export async function sweepLocks(folder: string): Promise<void> {
  const names = await readdir(folder)
  for (const name of names) {
    try {
      const path = join(folder, name)
      if (Date.now() - (await stat(path)).mtimeMs < OLD) continue
      if (name.endsWith('.lock')) await sweepLock(path)
      // Beside a lock only its owner tidies up; where there is none, no right to succeed anybody is left.
      else if (!names.includes(name.replace(/\.(heir|new)-[^.]*$/, ''))) await rm(path, { force: true })
    } catch {
      // Somebody else was faster, or may do more than we.
    }
  }
}

async function sweepLock(path: string): Promise<void> {
  const claim = await readClaim(path)
  if (claim === null || lifeOfOwner(claim) !== 'dead') return
  const token = randomUUID()
  const fresh = freshPath(path, token)
  await writeFile(fresh, claimText(token), { flag: 'wx', mode: 0o600 })
  try {
    await removeDead(path, fresh, claim)
  } finally {
    await rm(fresh, { force: true })
  }
}
