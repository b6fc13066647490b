/** One task's dealings with its delegates: who is asked, in whose turn, and what is to be done about a delegate that throws. */
import { describeCause, URLError } from '../model/url-error.ts'
import type { Warning } from '../model/warning.ts'
import type { AnyTask, TaskDelegate, TaskDelegateMethod } from './delegate.ts'
import type { TaskOwner } from './task-owner.ts'

type Call<T = void> = (delegate: TaskDelegate) => T | Promise<T>

export class DelegateTeller {
  /** What the task fails with because a delegate threw; null when none did. */
  failure: URLError | null = null
  /** Nothing but its delegate keeps the task from its end: it is too late to cancel it. */
  last = false
  readonly #task: AnyTask
  readonly #owner: TaskOwner
  readonly #warn: (warning: Warning) => void
  /** Turns that are to come, or under way. */
  #waiting = 0
  /** The turn under way, which may have lost its place in the queue. */
  #running: PromiseWithResolvers<void> | null = null
  #ended = false
  /** The method that is being called. */
  #asked = ''

  constructor(task: AnyTask, owner: TaskOwner, warn: (warning: Warning) => void) {
    this.#task = task
    this.#owner = owner
    this.#warn = warn
  }

  /** Who takes a call of this method, or null. */
  for(method: TaskDelegateMethod): TaskDelegate | null {
    return this.#owner.delegateFor(this.#task, method)
  }

  /** True when the task's delegate has something to hear yet: calls that wait, or its last ones. */
  get hasMore(): boolean {
    return this.#waiting > 0 || (this.for('didFinishCollectingMetrics') ?? this.for('didComplete')) !== null
  }

  /** Calls the delegate in its turn. */
  tell(method: TaskDelegateMethod, call: Call): void {
    void this.question(method, call)
  }

  /** Calls the delegate in its turn and gives its answer, which may never come; undefined where nobody has one. */
  question<T>(method: TaskDelegateMethod, call: Call<T>): Promise<T | undefined> {
    return this.turn(() => this.ask(method, call))
  }

  /** Calls the delegate now, which must be its turn. One that throws ends its task. */
  async ask<T>(method: TaskDelegateMethod, call: Call<T>): Promise<T | undefined> {
    const delegate = this.for(method)
    if (!delegate || this.#task.state === 'completed') return undefined
    this.#asked = method
    try {
      return await call(delegate)
    } catch (cause) {
      this.#threw(cause)
      return undefined
    } finally {
      this.#asked = ''
    }
  }

  /**
   * Runs `work` in the task's turn: never beside another of its turns, and beside one of another task only where one is late.
   * @param last It is the task's end, and waits no longer for what a delegate began.
   */
  turn<T>(work: () => Promise<T>, last: unknown = null): Promise<T> {
    if (last) this.end()
    this.#waiting += 1
    return this.#owner.queue.add(
      async (free) => {
        const before = this.#running
        if (before && !this.#ended) {
          // It lost its place, and still runs: others go first.
          free()
          await before.promise
          this.#waiting -= 1
          return this.turn(work)
        }
        const mine = (this.#running = Promise.withResolvers<void>())
        return work().finally(() => {
          mine.resolve()
          this.#running = null
          this.#waiting -= 1
        })
      },
      () => this.#late(),
    )
  }

  /** What a delegate began is waited for no longer. */
  end(): void {
    this.#ended = true
    this.#running?.resolve()
    // When its last calls are over, or late: its session waits for them no longer.
    if (this.last) void this.#owner.queue.add(() => this.#owner.completed(this.#task))
  }

  /** On the spot and awaited by nobody: whoever makes a task gets it at once. */
  tellCreated(): void {
    void this.ask('didCreateTask', (delegate) => delegate.didCreateTask?.(this.#task))
  }

  #threw(cause: unknown): void {
    if (this.#task.state === 'completed') return this.#owner.report(cause)
    const { url } = this.#task.originalRequest
    const why = describeCause(cause) ?? 'it threw nothing'
    this.failure ??= new URLError('delegateFailed', { url, phase: 'delivery', why, cause })
    this.#task.cancel()
  }

  #late(): void {
    if (this.#asked)
      this.#warn({ code: 'delegateLate', message: `${this.#asked} takes long: others no longer wait for it` })
  }
}
