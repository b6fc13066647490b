/**
 * A transfer as the caller holds it: a mirror of what the engine owns. Calls change the mirror at once and are passed on by its run
 * (`transfer-run.ts`), which is loaded with the first transfer and through which arrives what the engine tells.
 */
import type { URLCredential } from '../model/credential.ts'
import type { NormalRequest } from '../model/request.ts'
import type { ResumeData } from '../model/resume-data.ts'
import { URLError } from '../model/url-error.ts'
import type { WireResponse } from '../ports/transport.ts'
import type { TaskSnapshot } from '../wire/commands.ts'
import type { AnyTask } from './delegate.ts'
import type { Direction } from './progress.ts'
import { noMetrics, Task, type TaskEnd, type TaskHandles } from './task.ts'
import type { TaskOptions } from './task-options.ts'
import type { TaskOwner } from './task-owner.ts'
import type { TransferRun } from './transfer-run.ts'

/** How a task begins: as the caller asked, or as an earlier life left it. */
export interface TransferOrigin {
  readonly uid: string
  readonly identifier: number
  readonly request: NormalRequest
  readonly options: TaskOptions
  /** From the URL's user info. */
  readonly proposed: URLCredential | null
  readonly resumeData: ResumeData | null
  /** The caller awaits a promise: the result is handed over there, and not to a delegate. */
  readonly promised: boolean
  /** What the engine knows of it already. */
  readonly restored: TaskSnapshot | null
  /** The answer, unread, of the data task that became this; null for any other. */
  readonly adopted: WireResponse | null
}

/** What a transfer needs of its session. */
export interface TransferOwner extends TaskOwner {
  /** Puts the task in touch with the engine. */
  run(inlet: TransferInlet): Promise<TransferRun>
  /** Resume data that a task had taken and never used. */
  giveBack(resumeData: ResumeData): void
}

/** What a run may do to its task. */
export interface TransferInlet<
  Own extends AnyTask = AnyTask,
  Origin extends TransferOrigin = TransferOrigin,
  Result = never,
> extends TaskHandles {
  readonly task: Own
  readonly origin: Origin
  readonly owner: TransferOwner
  readonly isSuspended: () => boolean
  readonly renumber: (identifier: number) => void
  /** Must be its turn. */
  readonly complete: (end: TaskEnd<Result>) => Promise<void>
}

/** One download or upload. It starts suspended; in a background session it goes on after a reload or a crash. */
export abstract class TransferTask<Result, Own extends AnyTask, Origin extends TransferOrigin> extends Task<Result> {
  /** @internal */
  protected readonly inlet: TransferInlet<Own, Origin, Result>
  #running: Promise<TransferRun> | null = null
  #run: TransferRun | null = null

  /** @internal */
  protected constructor(origin: Origin, owner: TransferOwner, direction: Direction) {
    super(origin, owner, direction)
    this.inlet = {
      ...this.handles(),
      task: this as unknown as Own,
      origin,
      owner,
      isSuspended: () => this.suspended,
      renumber: (identifier) => this.renumber(identifier),
      complete: (end) => this.complete(end),
    }
    const { restored } = origin
    if (restored?.response) this.responded(restored.response)
    if (restored && (restored.received > 0 || restored.total !== null))
      this.setProgress.update(restored.received, restored.total)
    this.setProgress.rest()
    this.followSignal()
  }

  /**
   * Ends the task with `cancelled` and removes its bytes, unless it is complete already but for its delegate's last calls. Returns at
   * once; doing it twice is harmless.
   */
  cancel(): void {
    void this.#cancel(false)
  }

  /**
   * Ends the task but keeps what there is.
   * @returns What makes another task go on, once; null when nothing can be gone on with: no bytes yet, or a server that does not know how
   *   (a download needs an ETag or Last-Modified and ranges, an upload a protocol other than `'plain'`).
   */
  cancelProducingResumeData(): Promise<ResumeData | null> {
    return this.#cancel(true)
  }

  protected begin(): void {
    void this.call((run) => run.introduce())
  }

  protected goOn(): void {
    void this.call((run) => run.send('resume'))
  }

  protected pause(): void {
    void this.call((run) => run.send('suspend'))
  }

  protected edited(change: { priority?: number; description?: string; beginAt?: number | null }): void {
    if (this.started && !this.completed) void this.call((run) => run.edit(change))
  }

  /** @internal Calls the run, in the order of the calls; a run that cannot be had fails the task. */
  protected async call<T>(work: (run: TransferRun) => T | Promise<T>): Promise<T | undefined> {
    try {
      this.#running ??= this.inlet.owner.run(this.inlet)
      this.#run = await this.#running
    } catch (error) {
      this.#running = null
      this.#fail(URLError.from(error, 'backgroundSessionWasDisconnected'))
      return undefined
    }
    return work(this.#run)
  }

  async #cancel(keepBytes: boolean): Promise<ResumeData | null> {
    if (!this.beginCanceling()) return this.error?.resumeData ?? null
    if (this.started) return (await this.call((run) => run.cancel(keepBytes))) ?? null
    const resumeData = keepBytes ? this.inlet.origin.resumeData : null
    if (resumeData) this.inlet.owner.giveBack(resumeData)
    this.#fail(new URLError('cancelled', { url: this.originalRequest.url, resumeData }))
    return resumeData
  }

  /** Fails without an engine's word: it never heard of the task. */
  #fail(error: URLError): void {
    const told = error.with({ url: error.url ?? this.originalRequest.url })
    void this.teller.turn(
      () => this.complete({ error: this.teller.failure ?? told, metrics: noMetrics(), result: null }),
      told,
    )
  }
}
