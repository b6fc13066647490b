/**
 * A download as the caller holds it: a mirror of a transfer that the engine owns. Calls change the mirror
 * at once and are passed on; what the engine tells arrives through `TaskInlet`.
 */
import { parseIntegrity } from '../model/integrity.ts'
import type { NormalRequest } from '../model/request.ts'
import { URLResponse } from '../model/response.ts'
import type { ResumeData } from '../model/resume-data.ts'
import { URLError } from '../model/url-error.ts'
import type { NewDownload, TaskSnapshot } from '../wire/commands.ts'
import type { EngineEvent } from '../wire/events.ts'
import { DownloadedFile } from './downloaded-file.ts'
import { noMetrics, Task } from './task.ts'
import type { DownloadOptions } from './task-options.ts'
import type { TransferOwner } from './task-owner.ts'

/** What `finished` resolves with. */
export interface DownloadResult {
  readonly file: DownloadedFile
  readonly response: URLResponse
}

/** How a task begins: as the caller asked, or as an earlier life left it. */
export interface TaskOrigin {
  readonly uid: string
  readonly identifier: number
  readonly request: NormalRequest
  readonly options: DownloadOptions
  readonly resumeData: ResumeData | null
  /** The caller awaits a promise: the file is handed over there, and not to a delegate. */
  readonly promised: boolean
  /** What the engine knows of it already. */
  readonly restored: TaskSnapshot | null
}

/** The session's side of a task: what arrives for it. */
export interface TaskInlet {
  readonly task: DownloadTask
  /** It is made, and the session knows it. */
  readonly tellCreated: () => void
  readonly receive: (event: Extract<EngineEvent, { uid: string }>) => void
  /** A new engine, or the first: tell it everything again. */
  readonly introduce: () => void
  /** There will be no engine. */
  readonly abandon: (error: URLError) => void
}

type Success = Extract<EngineEvent, { type: 'finished' }>

/**
 * A download. It starts suspended; `resume()` starts it. In a background session it goes on after a
 * reload or a crash: find it again with `session.tasks()`.
 */
export class DownloadTask extends Task<DownloadResult> {
  readonly kind = 'download'
  readonly #uid: string
  readonly #origin: TaskOrigin
  readonly #owner: TransferOwner
  #cancelKeepsBytes = false
  /** The file is being handed over, or was refused: it is too late to cancel. */
  #finishing = false

  private constructor(origin: TaskOrigin, owner: TransferOwner) {
    super(origin, owner)
    this.#uid = origin.uid
    this.#origin = origin
    this.#owner = owner
    if (origin.restored) this.#adopt(origin.restored)
    this.followSignal()
  }

  /** @internal Made by a session alone. */
  static make(origin: TaskOrigin, owner: TransferOwner): TaskInlet {
    const task = new DownloadTask(origin, owner)
    return {
      task,
      receive: (event) => task.#receive(event),
      tellCreated: () => task.teller.tellCreated(),
      introduce: () => task.#introduce(),
      abandon: (error) => task.#abandon(error),
    }
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
    this.#introduce()
  }

  protected goOn(): void {
    this.#send(this.#owner.access.call('resume', this.#uid))
  }

  protected pause(): void {
    this.#send(this.#owner.access.call('suspend', this.#uid))
  }

  protected edited(change: { priority?: number; description?: string; beginAt?: number | null }): void {
    if (this.started && !this.completed) this.#send(this.#owner.access.call('edit', this.#uid, change))
  }

  async #cancel(keepBytes: boolean): Promise<ResumeData | null> {
    if (this.#finishing || !this.beginCanceling()) return this.error?.resumeData ?? null
    this.#cancelKeepsBytes = keepBytes
    if (!this.started) {
      const resumeData = keepBytes ? this.#origin.resumeData : null
      if (resumeData) this.#owner.giveBack(resumeData)
      this.#fail(new URLError('cancelled', { url: this.originalRequest.url, resumeData }))
      return resumeData
    }
    try {
      return await this.#owner.access.call('cancel', this.#uid, keepBytes)
    } catch {
      // The engine died on the way; the next one is told again by `introduce`.
      await this.finished.catch(() => {})
      return this.error?.resumeData ?? null
    }
  }

  /** Tells an engine of this task: the first time, or again after the engine was lost. */
  #introduce(): void {
    if (this.completed) return
    const { call } = this.#owner.access
    this.#send(call('create', this.#newDownload()).then(({ identifier }) => this.renumber(identifier)))
    if (this.canceling) this.#send(call('cancel', this.#uid, this.#cancelKeepsBytes))
    else this.#send(call(this.suspended ? 'suspend' : 'resume', this.#uid))
  }

  #newDownload(): NewDownload {
    const { options, request, resumeData } = this.#origin
    return {
      uid: this.#uid,
      identifier: this.identifier,
      key: this.key,
      metadata: this.metadata,
      description: this.description,
      priority: this.priority,
      beginAt: this.beginAt,
      request,
      resumeData,
      integrity: options.integrity === undefined ? null : parseIntegrity(options.integrity),
      connections: options.connections ?? 1,
      maximumSize: options.maximumSize ?? null,
      destination: options.destination ?? null,
    }
  }

  /** A command whose failure is the task's, unless the engine died, after which it is introduced anew. */
  #send(command: Promise<unknown>): void {
    command.catch((thrown: unknown) => {
      const error = URLError.from(thrown, 'unknown', { url: this.originalRequest.url })
      if (error.code !== 'backgroundSessionWasDisconnected' || !error.retryable) this.#abandon(error)
    })
  }

  #abandon(error: URLError): void {
    this.#fail(error.with({ url: error.url ?? this.originalRequest.url }))
  }

  #receive(event: Extract<EngineEvent, { uid: string }>): void {
    if (this.completed) return
    const { teller, setProgress } = this
    switch (event.type) {
      case 'waiting':
        return this.waits(event.for, event.until)
      case 'waits-for-connectivity':
        return teller.tell('isWaitingForConnectivity', (delegate) => delegate.isWaitingForConnectivity?.(this))
      case 'response':
        return this.responded(event.response)
      case 'resumed-at':
        setProgress.update(event.offset, event.total)
        return teller.tellResumed(event.offset, event.total)
      case 'progress':
        setProgress.update(event.received, event.total)
        return teller.tellWritten()
      case 'warning':
        return this.warn(event.warning)
      case 'finished':
        return void this.#owner.queue.add(() => this.#finish(event))
      case 'failed':
        return void this.#owner.queue.add(() =>
          this.#over(teller.failure ?? URLError.fromRecord(event.error), event.metrics),
        )
    }
  }

  async #finish({ file: reference, response, metrics }: Success): Promise<void> {
    const { teller } = this
    this.responded(response)
    const file = new DownloadedFile(reference, this.#owner.access)
    // Whoever cancelled is obeyed, though the file was there already.
    const cancelled = this.canceling ? new URLError('cancelled', { url: this.originalRequest.url }) : null
    this.#finishing = true
    const taker = this.#origin.promised || cancelled ? null : teller.for('didFinishDownloading')
    if (taker) await teller.ask('didFinishDownloading', (delegate) => delegate.didFinishDownloading?.(this, file))
    const { failure } = teller
    // A delegate that failed to take a file of gigabytes must not cost its bytes.
    const keeps = failure !== null || (cancelled !== null && this.#cancelKeepsBytes)
    const kept = keeps ? await this.#owner.access.call('park', this.#uid).catch(() => null) : null
    const error = (failure ?? cancelled)?.with({ resumeData: kept, bytesTransferred: reference.size }) ?? null
    this.setProgress.end(error ? null : reference.size)
    const result = error ? null : { file, response: new URLResponse(response) }
    await this.#over(error, metrics, result, taker === null && !error)
  }

  #over(
    error: URLError | null,
    metrics: Success['metrics'],
    result: DownloadResult | null = null,
    wanted: boolean = false,
  ): Promise<void> {
    const tell = (succeeded: boolean): Promise<void> => this.#owner.settle(this, wanted && succeeded)
    return this.complete({ error, metrics, result, settle: this.started ? tell : null })
  }

  /** Fails without an engine's word: it never heard of the task, or is gone. */
  #fail(error: URLError): void {
    void this.#owner.queue.add(() => this.#over(this.teller.failure ?? error, noMetrics()))
  }

  #adopt(snapshot: TaskSnapshot): void {
    if (snapshot.response) this.responded(snapshot.response)
    if (snapshot.received > 0 || snapshot.total !== null) this.setProgress.update(snapshot.received, snapshot.total)
    this.setProgress.rest()
  }
}
