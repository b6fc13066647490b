/**
 * Locks between the tabs of an origin, by the Web Locks API: the browser itself frees the lock of whoever
 * dies. A holder also answers over a BroadcastChannel, which tells one who works from one who is being torn down.
 */
import type { Lock, Locks } from '../../ports/locks.ts'
import { attend, isAttended } from './lock-channel.ts'
import { MemoryLocks } from './memory-locks.ts'
import { nameOf } from './storage-error.ts'

/** How long a holder that does not answer is waited for, in milliseconds: a worker of a page that was reloaded may be flushing gigabytes. */
const PATIENCE = 10_000

export class WebLocks implements Locks {
  async acquire(name: string): Promise<Lock | null> {
    return (await take(name, { ifAvailable: true })) ?? (await outwait(name))
  }

  async isHeld(name: string): Promise<boolean> {
    const { held = [] } = await navigator.locks.query()
    return held.some((lock) => lock.name === name)
  }
}

/** Web Locks where they work; else (insecure contexts, sandboxed frames) a makeshift that says what it is. */
export async function pickLocks(): Promise<Locks> {
  try {
    await navigator.locks.query()
    return new WebLocks()
  } catch {
    return new MemoryLocks()
  }
}

function take(name: string, options: LockOptions): Promise<Lock | null> {
  return new Promise((resolve, reject) => {
    const request = navigator.locks.request(name, options, (lock) => {
      if (!lock) return resolve(null)
      return new Promise<void>((letGo) => {
        const leave = attend(name)
        const release = async (): Promise<void> => {
          leave()
          letGo()
          // Only then is the lock really free.
          await request
        }
        resolve({ release })
      })
    })
    request.catch(reject)
  })
}

/** Waits until the lock is free, somebody says that he has it, or patience ends. */
async function outwait(name: string): Promise<Lock | null> {
  const giveUp = new AbortController()
  void isAttended(name, PATIENCE, giveUp.signal).then(() => giveUp.abort())
  try {
    return await take(name, { signal: giveUp.signal })
  } catch (error) {
    if (nameOf(error) === 'AbortError') return null
    throw error
  } finally {
    giveUp.abort()
  }
}
