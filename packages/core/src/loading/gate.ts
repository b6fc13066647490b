/** A door that a reader passes: closed, it stops pulling, and back-pressure does the rest. */
export class Gate {
  #waiting: { promise: Promise<void>; open: () => void } | null = null

  get closed(): boolean {
    return this.#waiting !== null
  }

  close(): void {
    if (this.#waiting) return
    let open = (): void => {}
    const promise = new Promise<void>((resolve) => (open = resolve))
    this.#waiting = { promise, open }
  }

  open(): void {
    this.#waiting?.open()
    this.#waiting = null
  }

  /** Settles at once when the door is open; rejects when the signal fires first. */
  async pass(signal: AbortSignal): Promise<void> {
    while (this.#waiting) {
      const { promise } = this.#waiting
      signal.throwIfAborted()
      let stop = (): void => {}
      const aborted = new Promise<never>((_, reject) => {
        stop = () => reject(signal.reason as Error)
        signal.addEventListener('abort', stop, { once: true })
      })
      try {
        await Promise.race([promise, aborted])
      } finally {
        signal.removeEventListener('abort', stop)
      }
    }
  }
}
