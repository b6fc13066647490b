/** Noticing a death: one side holds a lock for as long as it lives, the other waits for it to come free. */

/**
 * Resolves once the lock is held; it is then kept until this page or worker dies. Also where the browser refuses locks, to a page
 * that may store nothing (Firefox): then this death will go unnoticed.
 */
export function holdForever(name: string): Promise<void> {
  return new Promise((resolve) => {
    navigator.locks.request(name, () => new Promise(() => resolve())).catch(() => resolve())
  })
}

/**
 * Resolves when nobody holds `name` any more, so take care that it is held before you ask. Any number
 * may wait. Rejects with the signal's reason, or where the browser refuses locks. Never settles on its own where there are none.
 */
export function whenReleased(name: string, signal: AbortSignal): Promise<void> {
  if (navigator.locks) return navigator.locks.request(name, { mode: 'shared', signal }, () => {})
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
