/** How the holder of a lock is asked whether he is alive, and answers. */

/** A worker that was ended may still answer, but not this many milliseconds later. */
const LAST_BREATH = 150

/** Null where the browser refuses it: to a page that may store nothing (Firefox), which has nothing to share either. */
function channelOf(name: string): BroadcastChannel | null {
  try {
    return new BroadcastChannel(`urlsession:lock:${name}`)
  } catch {
    return null
  }
}

/** Says that the lock is held, now and whenever somebody asks; returns what ends that. */
export function attend(name: string): () => void {
  const channel = channelOf(name)
  if (!channel) return () => {}
  channel.onmessage = ({ data }) => data === 'who' && channel.postMessage('held')
  // Others who wait for the same lock need not wait longer.
  channel.postMessage('held')
  return () => channel.close()
}

/**
 * True when somebody holds the lock and lives on; false after `patience` milliseconds without an answer, or
 * when the signal fires.
 */
export async function isAttended(name: string, patience: number, signal: AbortSignal): Promise<boolean> {
  if (!(await hears(name, patience, signal))) return false
  await new Promise((resolve) => setTimeout(resolve, LAST_BREATH))
  return !signal.aborted && hears(name, patience, signal)
}

/** Asks once. */
function hears(name: string, patience: number, signal: AbortSignal): Promise<boolean> {
  const channel = channelOf(name)
  if (!channel) return Promise.resolve(false)
  return new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => end(false), patience)
    const end = (held: boolean): void => {
      clearTimeout(timer)
      channel.close()
      resolve(held)
    }
    channel.onmessage = ({ data }) => data === 'held' && end(true)
    signal.addEventListener('abort', () => end(false), { once: true })
    channel.postMessage('who')
  })
}
