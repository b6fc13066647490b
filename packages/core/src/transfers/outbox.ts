/**
 * Tells the session what happens: everything in order, but of progress only the newest, a few times a
 * second. Nothing but progress is ever dropped.
 */
import type { Clock } from '../ports/clock.ts'
import type { EngineEvent, EventBatch } from '../wire/events.ts'

type Progress = Extract<EngineEvent, { type: 'progress' }>

/** Milliseconds between two progress events of a task. */
const PROGRESS_INTERVAL = 100

export class Outbox {
  readonly #post: (batch: EventBatch) => void
  readonly #clock: Clock
  readonly #progress = new Map<string, Progress>()
  #queue: EngineEvent[] = []
  #sequence = 0
  #scheduled = false
  #cancelTimer: (() => void) | null = null

  constructor(post: (batch: EventBatch) => void, clock: Clock) {
    this.#post = post
    this.#clock = clock
  }

  push(event: EngineEvent): void {
    if (event.type === 'progress') {
      this.#progress.set(event.uid, event)
      this.#cancelTimer ??= this.#clock.after(PROGRESS_INTERVAL, () => this.flush(), { keepAlive: false })
      return
    }
    // What was written is told before what came of it.
    if ('uid' in event) this.#queueProgress(event.uid)
    this.#queue.push(event)
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => this.flush())
  }

  flush(): void {
    this.#scheduled = false
    this.#cancelTimer?.()
    this.#cancelTimer = null
    for (const uid of [...this.#progress.keys()]) this.#queueProgress(uid)
    if (this.#queue.length === 0) return
    const events = this.#queue
    this.#queue = []
    this.#post({ sequence: ++this.#sequence, events })
  }

  #queueProgress(uid: string): void {
    const progress = this.#progress.get(uid)
    if (!progress) return
    this.#progress.delete(uid)
    this.#queue.push(progress)
  }
}
