/** Functions of the caller's that are called on every change. One that throws hurts neither us nor the others. */
export class Listeners {
  readonly #all = new Set<() => void>()

  /** Adds one, also a second time; returns what takes it out again. */
  add(listener: () => void): () => void {
    const own = (): void => listener()
    this.#all.add(own)
    return () => void this.#all.delete(own)
  }

  call(): void {
    for (const listener of [...this.#all]) {
      try {
        listener()
      } catch (cause) {
        reportUncaught(cause)
      }
    }
  }

  clear(): void {
    this.#all.clear()
  }
}

/** Shows an error that nobody can be told of as the platform shows errors in event listeners. */
export function reportUncaught(cause: unknown): void {
  queueMicrotask(() => {
    throw cause
  })
}
