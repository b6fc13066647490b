/** One at a time across the tabs of an origin, in the order of asking; where the browser refuses locks, within this tab only. */

const here = new Map<string, Promise<unknown>>()

export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  let begun = false
  const once = (): Promise<T> => {
    begun = true
    return work()
  }
  try {
    if (navigator.locks) return (await navigator.locks.request(name, once)) as T
  } catch (error) {
    if (begun) throw error
  }
  const turn = (here.get(name) ?? Promise.resolve()).then(once, once)
  const settled = turn.catch(() => undefined)
  here.set(name, settled)
  void settled.then(() => here.get(name) === settled && here.delete(name))
  return turn
}
