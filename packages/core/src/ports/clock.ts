/** Time, as the engine sees it. Every timer of the engine goes through here, so tests can own it. */
export interface Clock {
  /** Milliseconds since the epoch, wall clock: deadlines are compared with it after sleep and reload. */
  now(): number
  /**
   * Calls `run` once after `delay` milliseconds, at once if that is negative, and however long it is; returns what
   * takes it back.
   * `keepAlive: false` lets a Node process end although the timer is pending.
   */
  after(delay: number, run: () => void, options?: { keepAlive?: boolean }): () => void
}

/** Chance: the only source of randomness in the engine. */
export interface Chance {
  /** A number in [0, 1). */
  next(): number
  /** An identifier nobody else has, of `[0-9a-z-]`. */
  uid(): string
}
