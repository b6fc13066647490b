/** Measures over all tasks: how much arrives each half second, for the curve, and how long a task has been silent. */
import type { Downloads } from './downloads.ts'

/** Milliseconds between two samples. */
const beat = 500
/** A minute of samples. */
const kept = 120

interface Mark {
  readonly completed: number
  /** When bytes last arrived, by the monotonic clock. */
  readonly at: number
}

export class Meter {
  readonly #downloads: Downloads
  readonly #marks = new Map<string, Mark>()
  readonly #samples: number[] = Array.from({ length: kept }, () => 0)
  readonly #listeners = new Set<() => void>()
  #sampledAt = performance.now()

  constructor(downloads: Downloads) {
    this.#downloads = downloads
    setInterval(() => this.#sample(), beat)
  }

  /** Bytes a second, one value each half second, the newest last. */
  get samples(): readonly number[] {
    return this.#samples
  }

  /** Bytes a second, over the last two seconds. */
  get rate(): number {
    const last = this.#samples.slice(-4)
    return last.reduce((sum, one) => sum + one, 0) / last.length
  }

  /** Seconds since the last byte of a download; 0 for one that is not under way. */
  silence(key: string): number {
    const mark = this.#marks.get(key)
    return mark ? (performance.now() - mark.at) / 1000 : 0
  }

  /** Calls `listener` after each sample. */
  onSample(listener: () => void): void {
    this.#listeners.add(listener)
  }

  #sample(): void {
    const now = performance.now()
    const seconds = (now - this.#sampledAt) / 1000
    this.#sampledAt = now
    let arrived = 0
    const live = this.#downloads.live()
    for (const { key, task } of live) {
      const { completed } = task.progress.snapshot()
      const before = this.#marks.get(key)
      const flowing = task.state === 'running' && task.waitingFor === null
      // Less than before: it started over, and what arrived until now is not known.
      if (before && completed > before.completed) arrived += completed - before.completed
      if (!before || completed !== before.completed || !flowing) this.#marks.set(key, { completed, at: now })
    }
    const keys = new Set(live.map(({ key }) => key))
    for (const key of this.#marks.keys()) if (!keys.has(key)) this.#marks.delete(key)
    this.#samples.push(arrived / seconds)
    this.#samples.shift()
    for (const listener of this.#listeners) listener()
  }
}
