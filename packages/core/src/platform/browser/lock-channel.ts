/** How the holder of a lock is asked whether he is alive, and answers. */
const channelOf = (name: string): BroadcastChannel => new BroadcastChannel(`urlsession:lock:${name}`)

/** Says that the lock is held, now and whenever somebody asks; returns what ends that. */
export function attend(name: string): () => void {
  const channel = channelOf(name)
  channel.onmessage = ({ data }) => data === 'who' && channel.postMessage('held')
  // Others who wait for the same lock need not wait longer.
  channel.postMessage('held')
  return () => channel.close()
}

/** Asks once. True as soon as a holder answers, false after `patience` milliseconds or when the signal fires. */
export function hears(name: string, patience: number, signal: AbortSignal): Promise<boolean> {
  const channel = channelOf(name)
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
