/** How far a task is: for loops (`for await`), for frameworks (`subscribe`, `snapshot`), for both directions. */
import { Listeners } from './listeners.ts'

export interface ProgressSnapshot {
  /** Bytes so far. */
  readonly completed: number
  /** Bytes of the whole, or null when unknown. */
  readonly total: number | null
  /** From 0 to 1, or null when the total is unknown. */
  readonly fraction: number | null
  /** Averaged over the last seconds; 0 while nothing moves. */
  readonly bytesPerSecond: number
  /** At the present speed, or null when unknown. */
  readonly secondsLeft: number | null
  /** True when only start and end are known. */
  readonly coarse: boolean
}

/** Milliseconds over which the speed is averaged. */
const WINDOW = 4000

const snapshotOf = (
  completed: number,
  total: number | null,
  bytesPerSecond = 0,
  coarse: boolean = false,
): ProgressSnapshot =>
  Object.freeze({
    completed,
    total,
    fraction: total === null ? null : total === 0 ? 1 : Math.min(1, completed / total),
    bytesPerSecond,
    secondsLeft: total === null || bytesPerSecond <= 0 ? null : Math.max(0, total - completed) / bytesPerSecond,
    coarse,
  })

const NOTHING = snapshotOf(0, null)

/**
 * A task's progress. Iterating gives the newest state at each step, skipping what a slow loop missed, and
 * ends after the last one when the task completes.
 */
export class Progress implements AsyncIterable<ProgressSnapshot> {
  readonly #direction: Direction
  #shown: ProgressSnapshot
  #samples: { at: number; bytes: number }[] = []
  #ended = false
  #movedAt = 0
  #silence: number | undefined
  /** Of a data task: its request's own body. */
  #sent: Progress | null = null
  readonly #listeners = new Listeners()
  readonly #cancel: () => void

  private constructor(cancel: () => void, direction: Direction) {
    this.#cancel = cancel
    this.#direction = direction
    this.#shown = snapshotOf(0, null, 0, direction === 'coarse upload')
  }

  /**
   * @internal A progress and what moves it; only the task holds the second.
   * @param cancel Cancels the task.
   */
  static make(cancel: () => void, direction: Direction): [Progress, ProgressSetters] {
    const progress = new Progress(cancel, direction)
    const setters: ProgressSetters = {
      update: (completed, total) => progress.#update(completed, total),
      sends(body) {
        progress.#sent = body
        body.subscribe(() => progress.#listeners.call())
      },
      rest: () => progress.#rest(),
      end: (whole) => progress.#end(whole),
    }
    return [progress, setters]
  }

  /** What comes in. */
  get download(): ProgressSnapshot {
    return this.#direction === 'download' ? this.#shown : NOTHING
  }

  /**
   * What goes out: bytes that left, which is not to say that they arrived. Of a data task's own body it is known in Node; a loop over the
   * progress, and `snapshot()`, are about what comes in.
   */
  get upload(): ProgressSnapshot {
    return this.#direction === 'download' ? (this.#sent?.snapshot() ?? NOTHING) : this.#shown
  }

  /** The same object until something changes. */
  snapshot(): ProgressSnapshot {
    return this.#shown
  }

  /** Calls `listener` on each change; returns what ends it. */
  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener)
  }

  /** Cancels the task (as Foundation's Progress does), for whoever shows the progress and knows nothing of tasks. */
  cancel(): void {
    this.#cancel()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ProgressSnapshot, void, void> {
    let shown: ProgressSnapshot | null = null
    for (;;) {
      if (this.#shown !== shown) {
        shown = this.#shown
        yield shown
      } else if (this.#ended) return
      else await this.#change()
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.subscribe(() => {
        stop()
        resolve()
      })
    })
  }

  #update(completed: number, total: number | null): void {
    const now = Date.now()
    const newest = { at: now, bytes: completed }
    // Fewer bytes than before: it started over, and the old speed means nothing.
    if (completed < this.#shown.completed) this.#samples = []
    this.#samples.push(newest)
    while (this.#samples.length > 2 && now - (this.#samples[0]?.at ?? now) > WINDOW) this.#samples.shift()
    const first = this.#samples[0] ?? newest
    const elapsed = now - first.at
    this.#tell(completed, total, elapsed > 0 ? ((completed - first.bytes) * 1000) / elapsed : 0)
    this.#movedAt = now
    if (this.#silence === undefined && this.#shown.bytesPerSecond > 0) this.#listen(WINDOW)
  }

  /** A speed that nothing confirms any more is none. One timer looks again and again: bytes come more often than it has to. */
  #listen(delay: number): void {
    const silence: unknown = setTimeout(() => {
      const left = this.#movedAt + WINDOW - Date.now()
      if (left > 0) this.#listen(left)
      else this.#rest()
    }, delay)
    // A process need not live on for this.
    ;(silence as { unref?(): void }).unref?.()
    this.#silence = silence as number
  }

  #stop(): void {
    clearTimeout(this.#silence)
    this.#silence = undefined
    this.#samples = []
  }

  /** Nothing moves: suspended, waiting, or over. */
  #rest(): void {
    this.#stop()
    if (this.#shown.bytesPerSecond !== 0) this.#tell(this.#shown.completed, this.#shown.total)
  }

  #end(whole: number | null): void {
    if (this.#ended) return
    this.#ended = true
    this.#stop()
    const { completed, total } = this.#shown
    this.#tell(whole ?? completed, whole ?? total)
    this.#listeners.clear()
  }

  #tell(completed: number, total: number | null, bytesPerSecond: number = 0): void {
    this.#shown = snapshotOf(completed, total, bytesPerSecond, this.#shown.coarse)
    this.#listeners.call()
  }
}

/** Which way the bytes go; coarse where nothing shows them on their way. */
export type Direction = 'download' | 'upload' | 'coarse upload'

export interface ProgressSetters {
  update(completed: number, total: number | null): void
  /** Shows, of a data task, how far the body that it sends is. */
  sends(body: Progress): void
  rest(): void
  /** @param whole Size of the finished file, or null when there is none. */
  end(whole: number | null): void
}
