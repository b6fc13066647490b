/** One session's delegate calls and completions, one after another in the order they were asked for. */

/** Milliseconds for which everybody waits for a call. */
const PATIENCE = 1000

export class DelegateQueue {
  #tail: Promise<void> = Promise.resolve()

  /**
   * Runs `work` after everything before it; a failure is `work`'s own business and stops nobody. What takes longer than a second no longer
   * holds up the next: it may never end, or wait for a request of its own session, whose end must be told.
   * @param work Is given what lets the next begin at once.
   * @param late Called when it takes longer.
   */
  add<T>(work: (free: () => void) => T | Promise<T>, late?: () => void): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>()
    let timer: ReturnType<typeof setTimeout>
    const free = (): void => {
      clearTimeout(timer)
      resolve()
    }
    const run = this.#tail
      .then(() => {
        timer = setTimeout(() => {
          resolve()
          late?.()
        }, PATIENCE)
        return work(free)
      })
      .finally(free)
    run.catch(() => {})
    this.#tail = promise
    return run
  }
}
