/**
 * Owns: the file that says "this is mine": who wrote it, and how it comes to stand at a place where there
 * was none. Why linked and not written there: a reader then never sees half of it.
 */
import { constants } from 'node:fs'
import { copyFile, link, readFile, stat } from 'node:fs/promises'
import { systemCode } from './storage-errors.ts'
import { lifeOf, ownIdentity, type Life, type ProcessIdentity } from './process-identity.ts'

export interface Claim {
  /** Chosen once for each claim and never again: who holds it cannot be mistaken for another. */
  readonly token: string
  /** Null when the file is damaged, as after a power cut. */
  readonly owner: ProcessIdentity | null
  /** When the owner last touched the file, in milliseconds since the epoch. */
  readonly seen: number
}

/** A claim that says nothing readable may be one that is just being written, but not for long. */
const DAMAGED_FOR = 10_000

export const claimText = (token: string): string => JSON.stringify({ token, ...ownIdentity() })

/** The claim at `path`, or null when there is none. */
export async function readClaim(path: string): Promise<Claim | null> {
  try {
    const [text, { ino, mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
    return parseClaim(text, mtimeMs) ?? { token: `damaged-${ino}-${Math.floor(mtimeMs)}`, owner: null, seen: mtimeMs }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
}

function parseClaim(text: string, seen: number): Claim | null {
  try {
    const { token, pid, start, boot, space, host } = JSON.parse(text) as Record<string, unknown>
    const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)
    if (typeof token !== 'string' || !/^[0-9a-z-]{8,64}$/.test(token)) return null
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1 || typeof host !== 'string') return null
    return {
      token,
      owner: { pid, start: textOrNull(start), boot: textOrNull(boot), space: textOrNull(space), host },
      seen,
    }
  } catch {
    return null
  }
}

export function lifeOfOwner({ owner, seen }: Claim): Life {
  if (owner !== null) return lifeOf(owner, seen)
  return Date.now() - seen > DAMAGED_FOR ? 'dead' : 'alive'
}

/** Puts the claim that stands at `from` also at `to`, unless there is one: then false. */
export async function placeClaim(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST') return false
    if (code === 'ENOENT' || code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS') throw error
  }
  // A file system without hard links (FAT, some network shares): readers treat a half-written copy as damaged and young.
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}
