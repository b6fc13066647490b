/** Noticing a death: one side holds a lock for as long as it lives, the other waits for it to come free. */

/** Resolves once the lock is held; it is then kept until this page or worker dies. */
export function holdForever(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    navigator.locks.request(name, () => new Promise(() => resolve())).catch(reject)
  })
}

/**
 * Resolves when nobody holds `name` any more, so take care that it is held before you ask. Any number
 * may wait. Rejects with the signal's reason. Never settles on its own where there are no Web Locks.
 */
export function whenReleased(name: string, signal: AbortSignal): Promise<void> {
  if (navigator.locks) return navigator.locks.request(name, { mode: 'shared', signal }, () => {})
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
