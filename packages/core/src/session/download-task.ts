/**
 * A download as the caller holds it: a mirror of a transfer that the engine owns. Calls change the mirror at once and are passed on
 * by its run (`download-run.ts`), which is loaded with the first download and through which arrives what the engine tells.
 */
import type { URLCredential } from '../model/credential.ts'
import type { NormalRequest } from '../model/request.ts'
import type { ResponseHead, URLResponse } from '../model/response.ts'
import type { ResumeData } from '../model/resume-data.ts'
import { URLError } from '../model/url-error.ts'
import type { Warning } from '../model/warning.ts'
import type { WireResponse } from '../ports/transport.ts'
import type { TaskSnapshot } from '../wire/commands.ts'
import type { WaitingFor } from '../wire/events.ts'
import type { DelegateTeller } from './delegate-teller.ts'
import type { DownloadRun } from './download-run.ts'
import type { DownloadedFile } from './downloaded-file.ts'
import type { ProgressSetters } from './progress.ts'
import { noMetrics, Task, type TaskEnd } from './task.ts'
import type { DownloadOptions } from './task-options.ts'
import type { TaskOwner } from './task-owner.ts'

/** What `finished` resolves with. */
export interface DownloadResult {
  readonly file: DownloadedFile
  readonly response: URLResponse
}

/** How a task begins: as the caller asked, or as an earlier life left it. */
export interface DownloadOrigin {
  readonly uid: string
  readonly identifier: number
  readonly request: NormalRequest
  readonly options: DownloadOptions
  /** From the URL's user info. */
  readonly proposed: URLCredential | null
  readonly resumeData: ResumeData | null
  /** The caller awaits a promise: the file is handed over there, and not to a delegate. */
  readonly promised: boolean
  /** What the engine knows of it already. */
  readonly restored: TaskSnapshot | null
  /** The answer, unread, of the data task that became this; null for any other. */
  readonly adopted: WireResponse | null
}

/** What a download needs of its session. */
export interface DownloadOwner extends TaskOwner {
  /** Puts the task in touch with the engine. */
  run(inlet: DownloadInlet): Promise<DownloadRun>
  /** Resume data that a task had taken and never used. */
  giveBack(resumeData: ResumeData): void
}

/** What a run may do to its task. */
export interface DownloadInlet {
  readonly task: DownloadTask
  readonly origin: DownloadOrigin
  readonly owner: DownloadOwner
  readonly teller: DelegateTeller
  readonly progress: ProgressSetters
  readonly isSuspended: () => boolean
  readonly renumber: (identifier: number) => void
  readonly waits: (what: WaitingFor, until: number | null) => void
  readonly warn: (warning: Warning) => void
  readonly responded: (response: ResponseHead) => void
  /** Must be its turn. */
  readonly complete: (end: TaskEnd<DownloadResult>) => Promise<void>
}

/**
 * A download. It starts suspended; `resume()` starts it. In a background session it goes on after a
 * reload or a crash: find it again with `session.tasks('download')`.
 */
export class DownloadTask extends Task<DownloadResult> {
  readonly kind = 'download'
  readonly #inlet: DownloadInlet
  #running: Promise<DownloadRun> | null = null
  #run: DownloadRun | null = null

  private constructor(origin: DownloadOrigin, owner: DownloadOwner) {
    super(origin, owner)
    this.#inlet = this.#makeInlet(origin, owner)
    const { restored } = origin
    if (restored?.response) this.responded(restored.response)
    if (restored && (restored.received > 0 || restored.total !== null))
      this.setProgress.update(restored.received, restored.total)
    this.setProgress.rest()
    this.followSignal()
  }

  /** @internal Made by a session alone. */
  static make(origin: DownloadOrigin, owner: DownloadOwner): DownloadInlet {
    return new DownloadTask(origin, owner).#inlet
  }

  /**
   * Ends the task with `cancelled` and removes its bytes, unless its file is being handed over already. Returns at
   * once; doing it twice is harmless. What was put at a `destination` stays there.
   */
  cancel(): void {
    void this.#cancel(false)
  }

  /**
   * Ends the task but keeps its bytes.
   * @returns What `downloadTask` takes to go on, once; null when nothing can be gone on with: no bytes yet, or
   *   a server without ETag and Last-Modified or without ranges.
   */
  cancelProducingResumeData(): Promise<ResumeData | null> {
    return this.#cancel(true)
  }

  protected begin(): void {
    void this.#do((run) => run.introduce())
  }

  protected goOn(): void {
    void this.#do((run) => run.send('resume'))
  }

  protected pause(): void {
    void this.#do((run) => run.send('suspend'))
  }

  protected edited(change: { priority?: number; description?: string; beginAt?: number | null }): void {
    if (this.started && !this.completed) void this.#do((run) => run.edit(change))
  }

  async #cancel(keepBytes: boolean): Promise<ResumeData | null> {
    if (this.#run?.finishing || !this.beginCanceling()) return this.error?.resumeData ?? null
    if (this.started) return (await this.#do((run) => run.cancel(keepBytes))) ?? null
    const resumeData = keepBytes ? this.#inlet.origin.resumeData : null
    if (resumeData) this.#inlet.owner.giveBack(resumeData)
    this.#fail(new URLError('cancelled', { url: this.originalRequest.url, resumeData }))
    return resumeData
  }

  /** Calls the run, in the order of the calls; a run that cannot be had fails the task. */
  async #do<T>(work: (run: DownloadRun) => T | Promise<T>): Promise<T | undefined> {
    try {
      this.#running ??= this.#inlet.owner.run(this.#inlet)
      this.#run = await this.#running
    } catch (error) {
      this.#running = null
      this.#fail(URLError.from(error, 'backgroundSessionWasDisconnected'))
      return undefined
    }
    return work(this.#run)
  }

  /** Fails without an engine's word: it never heard of the task. */
  #fail(error: URLError): void {
    const told = error.with({ url: error.url ?? this.originalRequest.url })
    void this.owner.queue.add(() =>
      this.complete({ error: this.teller.failure ?? told, metrics: noMetrics(), result: null }),
    )
  }

  #makeInlet(origin: DownloadOrigin, owner: DownloadOwner): DownloadInlet {
    return {
      task: this,
      origin,
      owner,
      teller: this.teller,
      progress: this.setProgress,
      isSuspended: () => this.suspended,
      renumber: (identifier) => this.renumber(identifier),
      waits: (what, until) => this.waits(what, until),
      warn: (warning) => this.warn(warning),
      responded: (response) => this.responded(response),
      complete: (end) => this.complete(end),
    }
  }
}
