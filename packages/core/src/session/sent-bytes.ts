/** Owns what is told of a data task's own body on its way. To be imported where the platform shows that of a request which has one. */
import type { DataInlet } from './data-task.ts'
import { Progress, type ProgressSetters } from './progress.ts'

export class SentBytes {
  readonly #inlet: Pick<DataInlet, 'task' | 'teller'>
  readonly #progress: Progress
  readonly #set: ProgressSetters
  /** Bytes the delegate has been told of, and whether a call to tell it of more is on its way. */
  #told = 0
  #telling = false
  #ended = false

  constructor(inlet: Pick<DataInlet, 'task' | 'teller' | 'progress'>) {
    this.#inlet = inlet
    ;[this.#progress, this.#set] = Progress.make(() => {}, 'upload')
    inlet.progress.sends(this.#progress)
  }

  /** @param bytes That the connection has taken so far: no more than before where they are sent again. */
  moved(bytes: number, total: number | null): void {
    // From the first byte once more.
    if (bytes <= this.#progress.snapshot().completed) this.#told = 0
    this.#set.update(bytes, total)
    const { teller } = this.#inlet
    // What a server reads after its answer is of no more concern to anybody.
    if (this.#telling || this.#ended || !teller.for('didSendBodyData')) return
    this.#telling = true
    teller.tell('didSendBodyData', (delegate) => {
      this.#telling = false
      const { completed, total: expected } = this.#progress.snapshot()
      const sent = completed - this.#told
      if (sent <= 0) return
      this.#told = completed
      return delegate.didSendBodyData?.(this.#inlet.task, sent, completed, expected)
    })
  }

  /** The answer is there, or the task is over: there is no speed any more. */
  end(): void {
    this.#ended = true
    this.#set.end(null)
  }
}
