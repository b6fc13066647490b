/** One session's delegate calls and completions, one after another in the order they were asked for. */
export class DelegateQueue {
  #tail: Promise<void> = Promise.resolve()

  /** Runs `work` after everything before it; a failure is `work`'s own business and stops nobody. */
  add(work: () => void | Promise<void>): Promise<void> {
    const run = this.#tail.then(work)
    this.#tail = run.catch(() => {})
    return run
  }
}
