/** How long the page is kept from its user while something runs. */

export interface MainThread {
  /** Milliseconds of the longest task; 0 where none took 50 or more. */
  readonly longestTask: number
  /** Milliseconds of the longest time between two animation frames. */
  readonly longestGap: number
}

export async function watchMainThread(work: Promise<unknown>): Promise<MainThread> {
  let longestTask = 0
  let longestGap = 0
  let running = true
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration)
  })
  observer.observe({ entryTypes: ['longtask'] })
  const gaps = (async () => {
    let last = await frame()
    while (running) {
      const now = await frame()
      longestGap = Math.max(longestGap, now - last)
      last = now
    }
  })()
  await work
  running = false
  await gaps
  observer.disconnect()
  return { longestTask, longestGap }
}

const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve))
