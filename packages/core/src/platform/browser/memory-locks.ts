/**
 * A makeshift for where the browser has no Web Locks (pages over plain http): sure within this page or
 * worker; other tabs are asked over a channel, and two that start in the same instant can miss each other.
 */
import type { Lock, Locks } from '../../ports/locks.ts'
import { attend, isAttended } from './lock-channel.ts'

/** How long other tabs have to answer, in milliseconds. */
const PATIENCE = 500

const held = new Set<string>()

export class MemoryLocks implements Locks {
  async acquire(name: string): Promise<Lock | null> {
    if (held.has(name)) return null
    held.add(name)
    if (await isAttended(name, PATIENCE, new AbortController().signal)) {
      held.delete(name)
      return null
    }
    const leave = attend(name)
    let released = false
    const release = async (): Promise<void> => {
      leave()
      // Once only: by the second time, another may have it.
      if (!released) held.delete(name)
      released = true
    }
    return { release }
  }

  async isHeld(name: string): Promise<boolean> {
    return held.has(name) || isAttended(name, PATIENCE, new AbortController().signal)
  }
}
