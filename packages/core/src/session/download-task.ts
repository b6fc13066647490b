/**
 * A download as the caller holds it: a mirror of a transfer that the engine owns. Calls change the mirror
 * at once and are passed on; what the engine tells arrives through `TaskInlet`.
 */
import { parseIntegrity } from '../model/integrity.ts'
import type { Json } from '../model/json.ts'
import type { TaskMetrics } from '../model/metrics.ts'
import { publicRequest, type NormalRequest, type URLRequest } from '../model/request.ts'
import { URLResponse, type ResponseRecord } from '../model/response.ts'
import type { ResumeData } from '../model/resume-data.ts'
import { URLError } from '../model/url-error.ts'
import type { Warning } from '../model/warning.ts'
import type { NewDownload, TaskSnapshot } from '../wire/commands.ts'
import type { EngineEvent, WaitingFor } from '../wire/events.ts'
import type { TaskDelegate } from './delegate.ts'
import { DelegateTeller } from './delegate-teller.ts'
import { DownloadedFile } from './downloaded-file.ts'
import { Listeners } from './listeners.ts'
import { Progress, type ProgressSetters } from './progress.ts'
import type { DownloadOptions } from './task-options.ts'
import type { TaskOwner } from './task-owner.ts'

export type TaskState = 'suspended' | 'running' | 'canceling' | 'completed'

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

/** Warnings kept on a task; the oldest go. */
const WARNINGS_KEPT = 50

/**
 * A download. It starts suspended; `resume()` starts it. In a background session it goes on after a
 * reload or a crash: find it again with `session.tasks()`.
 */
export class DownloadTask {
  /** The caller's own stable name, or null. */
  readonly key: string | null
  /** The caller's own data, kept across a reload in a background session. */
  readonly metadata: Json | null
  readonly originalRequest: URLRequest
  /** Iterate it, subscribe to it, or take snapshots of it. */
  readonly progress: Progress
  /**
   * Settles after `didComplete`: with the file and the response's head for every HTTP status, or with a URLError
   * (with `signal.reason` when the signal cancelled it). Never an unhandled rejection by itself.
   */
  readonly finished: Promise<DownloadResult>

  readonly #uid: string
  readonly #origin: TaskOrigin
  readonly #owner: TaskOwner
  readonly #setProgress: ProgressSetters
  readonly #settled = Promise.withResolvers<DownloadResult>()
  #identifier: number
  #description: string
  #priority: number
  #beginAt: number | null
  #delegate: TaskDelegate | null
  #suspendCount: number
  #started: boolean
  #canceling = false
  #cancelKeepsBytes = false
  /** The file is being handed over, or was refused: it is too late to cancel. */
  #finishing = false
  #completed = false
  #waitingFor: WaitingFor = null
  #waitingUntil: number | null = null
  #response: URLResponse | null = null
  #error: URLError | null = null
  #metrics: TaskMetrics | null = null
  #warnings: readonly Warning[] = []
  readonly #teller: DelegateTeller
  #stopSignal: () => void = () => {}
  readonly #listeners = new Listeners()

  private constructor(origin: TaskOrigin, owner: TaskOwner) {
    const { options, restored } = origin
    this.#uid = origin.uid
    this.#origin = origin
    this.#owner = owner
    this.#identifier = origin.identifier
    this.key = options.key ?? null
    this.metadata = options.metadata ?? null
    this.originalRequest = publicRequest(origin.request)
    this.#description = options.description ?? ''
    this.#priority = options.priority ?? owner.settings.priority
    this.#beginAt = options.earliestBeginDate?.getTime() ?? null
    this.#delegate = options.delegate ?? null
    this.#suspendCount = restored?.running ? 0 : 1
    this.#started = restored !== null
    this.#teller = new DelegateTeller(this, owner, restored?.received ?? 0)
    ;[this.progress, this.#setProgress] = Progress.make()
    this.finished = this.#settled.promise
    // Whoever wants to know awaits it; whoever does not must not be punished by an unhandled rejection.
    this.finished.catch(() => {})
    if (restored) this.#adopt(restored)
    if (options.signal) this.#follow(options.signal)
  }

  /** Made by a session alone. */
  static make(origin: TaskOrigin, owner: TaskOwner): TaskInlet {
    const task = new DownloadTask(origin, owner)
    return {
      task,
      receive: (event) => task.#receive(event),
      tellCreated: () => task.#teller.tellCreated(),
      introduce: () => task.#introduce(),
      abandon: (error) => task.#abandon(error),
    }
  }

  /** From 1, unique in its session; kept across a reload in a background session. */
  get identifier(): number {
    return this.#identifier
  }

  /** A free label, kept across a reload in a background session. */
  get description(): string {
    return this.#description
  }

  set description(text: string) {
    this.#description = text.slice(0, 4096)
    this.#edit({ description: this.#description })
  }

  /** From 0 to 1; values outside are clamped. Takes effect on what waits for a slot. */
  get priority(): number {
    return this.#priority
  }

  set priority(value: number) {
    if (typeof value !== 'number' || Number.isNaN(value))
      throw new TypeError(`priority was ${String(value)}; allowed is a number from 0 to 1`)
    this.#priority = Math.min(1, Math.max(0, value))
    this.#edit({ priority: this.#priority })
  }

  /** Not before this moment. Changing it while the task waits for it takes effect at once. */
  get earliestBeginDate(): Date | null {
    return this.#beginAt === null ? null : new Date(this.#beginAt)
  }

  set earliestBeginDate(date: Date | null) {
    if (date !== null && !(date instanceof Date && !Number.isNaN(date.getTime())))
      throw new TypeError('earliestBeginDate was no valid Date; allowed is a Date or null')
    this.#beginAt = date?.getTime() ?? null
    this.#edit({ beginAt: this.#beginAt })
  }

  /** True once it was resumed for the first time. */
  get started(): boolean {
    return this.#started
  }

  get state(): TaskState {
    if (this.#completed) return 'completed'
    if (this.#canceling) return 'canceling'
    return this.#suspendCount > 0 ? 'suspended' : 'running'
  }

  /** What a running task waits for, or null when it is loading. */
  get waitingFor(): WaitingFor {
    return this.state === 'running' ? this.#waitingFor : null
  }

  /** When the wait ends at the latest, or null where only an event ends it. */
  get waitingUntil(): Date | null {
    return this.waitingFor === null || this.#waitingUntil === null ? null : new Date(this.#waitingUntil)
  }

  /** The request with the URL that answered last, after redirects. */
  get currentRequest(): URLRequest {
    return this.#response ? { ...this.originalRequest, url: this.#response.url } : this.originalRequest
  }

  get response(): URLResponse | null {
    return this.#response
  }

  get error(): URLError | null {
    return this.#error
  }

  /** Null until the task is complete. */
  get metrics(): TaskMetrics | null {
    return this.#metrics
  }

  /** What a developer should know; the newest last. */
  get warnings(): readonly Warning[] {
    return this.#warnings
  }

  /** Asked before the session's delegate. Settable only before the first `resume()`, not in background sessions. */
  get delegate(): TaskDelegate | null {
    return this.#delegate
  }

  set delegate(delegate: TaskDelegate | null) {
    if (this.#started) throw new TypeError('delegate: it can be set only before the first resume()')
    if (delegate !== null) this.#owner.assertTaskDelegatesAllowed()
    this.#delegate = delegate
  }

  /**
   * Calls `listener` whenever state, waitingFor, response, warnings or progress change; returns what ends it.
   * Made for views: read what you show from the task.
   */
  subscribe(listener: () => void): () => void {
    const stopProgress = this.progress.subscribe(listener)
    const stop = this.#listeners.add(listener)
    return () => {
      stopProgress()
      stop()
    }
  }

  /** Starts or goes on. Balances one `suspend()`; more than that changes nothing. */
  resume(): this {
    if (this.#completed || this.#canceling || this.#suspendCount === 0) return this
    this.#suspendCount -= 1
    if (this.#suspendCount > 0) return this
    this.#changed()
    if (this.#owner.isInvalid() && !this.#started) return this
    if (this.#started) this.#send(this.#owner.access.call('resume', this.#uid))
    else this.#introduce()
    return this
  }

  /** Pauses. Nests: as many calls of `resume()` are needed. What has arrived is kept. */
  suspend(): this {
    if (this.#completed || this.#canceling) return this
    this.#suspendCount += 1
    if (this.#suspendCount > 1 || !this.#started) return this
    this.#setProgress.rest()
    this.#changed()
    this.#send(this.#owner.access.call('suspend', this.#uid))
    return this
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

  async #cancel(keepBytes: boolean): Promise<ResumeData | null> {
    if (this.#completed || this.#canceling || this.#finishing) return this.#error?.resumeData ?? null
    this.#canceling = true
    this.#cancelKeepsBytes = keepBytes
    this.#setProgress.rest()
    this.#changed()
    if (!this.#started) {
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
      return this.#error?.resumeData ?? null
    }
  }

  /** Tells an engine of this task: the first time, or again after the engine was lost. */
  #introduce(): void {
    if (this.#completed) return
    const { call } = this.#owner.access
    this.#started = true
    this.#send(
      call('create', this.#newDownload()).then(({ identifier }) => {
        this.#identifier = identifier
      }),
    )
    if (this.#canceling) this.#send(call('cancel', this.#uid, this.#cancelKeepsBytes))
    else this.#send(call(this.#suspendCount === 0 ? 'resume' : 'suspend', this.#uid))
  }

  #newDownload(): NewDownload {
    const { options, request, resumeData } = this.#origin
    return {
      uid: this.#uid,
      identifier: this.#identifier,
      key: this.key,
      metadata: this.metadata,
      description: this.#description,
      priority: this.#priority,
      beginAt: this.#beginAt,
      request,
      resumeData,
      integrity: options.integrity === undefined ? null : parseIntegrity(options.integrity),
      connections: options.connections ?? 1,
      maximumSize: options.maximumSize ?? null,
      destination: options.destination ?? null,
    }
  }

  #edit(change: { priority?: number; description?: string; beginAt?: number | null }): void {
    if (this.#started && !this.#completed) this.#send(this.#owner.access.call('edit', this.#uid, change))
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
    if (this.#completed) return
    const { queue } = this.#owner
    switch (event.type) {
      case 'waiting':
        this.#waitingFor = event.for
        this.#waitingUntil = event.until
        if (event.for !== null) this.#setProgress.rest()
        return this.#changed()
      case 'waits-for-connectivity':
        return this.#teller.tell('isWaitingForConnectivity', (delegate) => delegate.isWaitingForConnectivity?.(this))
      case 'response':
        return this.#responded(event.response)
      case 'resumed-at':
        this.#setProgress.update(event.offset, event.total)
        return this.#teller.tellResumed(event.offset, event.total)
      case 'progress':
        this.#setProgress.update(event.received, event.total)
        return this.#teller.tellWritten()
      case 'warning':
        this.#warnings = [...this.#warnings, event.warning].slice(-WARNINGS_KEPT)
        this.#changed()
        return this.#teller.tell('didWarn', (delegate) => delegate.didWarn?.(this, event.warning))
      case 'finished':
        return void queue.add(() => this.#finish(event))
      case 'failed':
        return void queue.add(() =>
          this.#complete(this.#teller.failure ?? URLError.fromRecord(event.error), event.metrics),
        )
    }
  }

  #changed(): void {
    this.#listeners.call()
  }

  #responded(record: ResponseRecord): void {
    this.#response = new URLResponse(record)
    this.#changed()
  }

  async #finish({ file: reference, response, metrics }: Success): Promise<void> {
    this.#responded(response)
    const file = new DownloadedFile(reference, this.#owner.access)
    // Whoever cancelled is obeyed, though the file was there already.
    const cancelled = this.#canceling ? new URLError('cancelled', { url: this.originalRequest.url }) : null
    this.#finishing = true
    const taker = this.#origin.promised || cancelled ? null : this.#teller.for('didFinishDownloading')
    if (taker) await this.#teller.ask('didFinishDownloading', (delegate) => delegate.didFinishDownloading?.(this, file))
    const { failure } = this.#teller
    // A delegate that failed to take a file of gigabytes must not cost its bytes.
    const keeps = failure !== null || (cancelled !== null && this.#cancelKeepsBytes)
    const kept = keeps ? await this.#owner.access.call('park', this.#uid).catch(() => null) : null
    const error = (failure ?? cancelled)?.with({ resumeData: kept, bytesTransferred: reference.size }) ?? null
    this.#setProgress.end(error ? null : reference.size)
    await this.#complete(
      error,
      metrics,
      error ? null : { file, response: new URLResponse(response) },
      taker === null && !error,
    )
  }

  /** The last steps of every task, in this order: metrics, didComplete, `finished`. */
  async #complete(
    error: URLError | null,
    metrics: TaskMetrics,
    result: DownloadResult | null = null,
    wanted: boolean = false,
  ): Promise<void> {
    if (this.#completed) return
    this.#stopSignal()
    this.#metrics = metrics
    this.#error = error
    this.#setProgress.end(null)
    await this.#teller.ask('didFinishCollectingMetrics', (delegate) =>
      delegate.didFinishCollectingMetrics?.(this, metrics),
    )
    // What the delegate threw just now fails a task that had succeeded.
    const told = error ?? this.#teller.failure
    this.#error = told
    const last = this.#teller.for('didComplete')
    this.#completed = true
    try {
      await last?.didComplete?.(this, told)
    } catch (cause) {
      // Nothing can be failed any more; it must not be lost either.
      this.#owner.report(cause)
    }
    // First the engine forgets the task and a file that nobody keeps; whoever sees `finished` can rely on that.
    const settle = (): Promise<void> => this.#owner.access.call('settle', this.#uid, wanted && told === null)
    await this.#owner.completed(this, this.#started ? settle : null)
    if (result && told === null) this.#settled.resolve(result)
    else this.#settled.reject(this.#rejection(told))
    this.#delegate = null
    this.#changed()
  }

  #rejection(error: URLError | null): unknown {
    const { signal } = this.#origin.options
    return error?.code === 'cancelled' && signal?.aborted ? signal.reason : error
  }

  /** Fails without an engine's word: it never heard of the task, or is gone. */
  #fail(error: URLError): void {
    const now = Date.now()
    const metrics = { start: now, end: now, redirectCount: 0, transactions: [] }
    void this.#owner.queue.add(() => this.#complete(this.#teller.failure ?? error, metrics))
  }

  #follow(signal: AbortSignal): void {
    const abort = (): void => this.cancel()
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    this.#stopSignal = () => signal.removeEventListener('abort', abort)
  }

  #adopt(snapshot: TaskSnapshot): void {
    if (snapshot.response) this.#response = new URLResponse(snapshot.response)
    if (snapshot.received > 0 || snapshot.total !== null) this.#setProgress.update(snapshot.received, snapshot.total)
    this.#setProgress.rest()
  }
}
