/** Owns what a transfer's delegate was told of its bytes: where they go on, and how many moved since the last time. */
import type { AnyTask } from './delegate.ts'
import type { DelegateTeller } from './delegate-teller.ts'
import type { DownloadTask } from './download-task.ts'

export interface MovedBytesParts {
  readonly task: AnyTask
  readonly teller: DelegateTeller
}

export class MovedBytes {
  readonly #parts: MovedBytesParts
  /** Bytes the delegate has been told of, and whether a call to tell it of more is on its way. */
  #told: number
  #telling = false

  /** @param told Bytes of an earlier life. */
  constructor(parts: MovedBytesParts, told: number) {
    this.#parts = parts
    this.#told = told
  }

  /** The bytes go on at `offset`. */
  resumed(offset: number, total: number | null): void {
    const { task, teller } = this.#parts
    void teller.turn(async () => {
      this.#told = offset
    })
    teller.tell('didResumeAtOffset', (delegate) => delegate.didResumeAtOffset?.(task as DownloadTask, offset, total))
  }

  /** Tells the newest count when the delegate's turn comes, however many events arrived until then. */
  moved(method: 'didWriteData' | 'didSendBodyData'): void {
    const { task, teller } = this.#parts
    if (this.#telling || !teller.for(method)) return
    this.#telling = true
    teller.tell(method, (delegate) => {
      this.#telling = false
      const { completed, total } = task.progress.snapshot()
      const moved = completed - this.#told
      if (moved <= 0) return
      this.#told = completed
      return delegate[method]?.(task as never, moved, completed, total)
    })
  }
}
