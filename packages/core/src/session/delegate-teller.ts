/** One task's dealings with its delegates: who is asked, in whose turn, and what is to be done about a delegate that throws. */
import { describeCause, URLError } from '../model/url-error.ts'
import type { AnyTask, TaskDelegate, TaskDelegateMethod } from './delegate.ts'
import type { TaskOwner } from './task-owner.ts'

type Call<T = void> = (delegate: TaskDelegate) => T | Promise<T>

/** What a task's end calls. */
const LAST = ['didFinishCollectingMetrics', 'didComplete'] as const

export class DelegateTeller {
  readonly #task: AnyTask
  readonly #owner: TaskOwner
  /** Calls that wait for their turn. */
  #waiting = 0
  #thrown: { readonly cause: unknown } | null = null

  constructor(task: AnyTask, owner: TaskOwner) {
    this.#task = task
    this.#owner = owner
  }

  /** What the task fails with because a delegate threw; null when none did. */
  get failure(): URLError | null {
    if (!this.#thrown) return null
    const { url } = this.#task.originalRequest
    const why = describeCause(this.#thrown.cause) ?? 'it threw nothing'
    return new URLError('delegateFailed', { url, phase: 'delivery', why, cause: this.#thrown.cause })
  }

  /** Who takes a call of this method, or null. */
  for(method: TaskDelegateMethod): TaskDelegate | null {
    return this.#owner.delegateFor(this.#task, method)
  }

  /** True when the task's delegate has something to hear yet: calls that wait, or its last ones. */
  get hasMore(): boolean {
    return this.#waiting > 0 || LAST.some((method) => this.for(method) !== null)
  }

  /** Calls the delegate in its turn. */
  tell(method: TaskDelegateMethod, call: Call): void {
    void this.#inTurn(() => this.ask(method, call))
  }

  /** Calls the delegate in its turn and gives its answer; undefined where nobody has one. */
  async question<T>(method: TaskDelegateMethod, call: Call<T>): Promise<T | undefined> {
    let answer: T | undefined
    await this.#inTurn(async () => {
      answer = await this.ask(method, call)
    })
    return answer
  }

  /** Calls the delegate now, which must be its turn. One that throws ends its task. */
  async ask<T>(method: TaskDelegateMethod, call: Call<T>): Promise<T | undefined> {
    const delegate = this.for(method)
    if (!delegate || this.#task.state === 'completed') return undefined
    try {
      return await call(delegate)
    } catch (cause) {
      this.#threw(cause)
      return undefined
    }
  }

  #inTurn(work: () => Promise<unknown>): Promise<void> {
    this.#waiting += 1
    return this.#owner.queue.add(async () => {
      try {
        await work()
      } finally {
        this.#waiting -= 1
      }
    })
  }

  /** On the spot and awaited by nobody: whoever makes a task gets it at once. */
  tellCreated(): void {
    try {
      const told: unknown = this.for('didCreateTask')?.didCreateTask?.(this.#task)
      Promise.resolve(told).catch((cause: unknown) => this.#threw(cause))
    } catch (cause) {
      this.#threw(cause)
    }
  }

  #threw(cause: unknown): void {
    if (this.#task.state === 'completed') return this.#owner.report(cause)
    this.#thrown ??= { cause }
    this.#task.cancel()
  }
}
