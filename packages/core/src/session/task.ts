/**
 * What every task is, whoever does its work: a name and labels, nested suspend and resume, the wait it is in, and
 * the one order in which it ends. Transfers (an engine's) and data tasks (loaded on the spot) add how they run.
 */
import type { Json } from '../model/json.ts'
import type { TaskMetrics } from '../model/metrics.ts'
import { publicRequest, type DataRequest, type URLRequest } from '../model/request.ts'
import { type ResponseHead, URLResponse } from '../model/response.ts'
import type { URLError } from '../model/url-error.ts'
import type { Warning } from '../model/warning.ts'
import type { WaitingFor } from '../wire/events.ts'
import type { AnyTask, TaskDelegate } from './delegate.ts'
import { DelegateTeller } from './delegate-teller.ts'
import { Listeners } from './listeners.ts'
import { type Direction, Progress, type ProgressSetters } from './progress.ts'
import type { TaskOptions } from './task-options.ts'
import type { TaskOwner } from './task-owner.ts'

export type TaskState = 'suspended' | 'running' | 'canceling' | 'completed'

/** How any task begins. */
export interface TaskSeed {
  readonly identifier: number
  readonly request: DataRequest
  readonly options: TaskOptions
  /** Where an earlier life left it, or null for a new task. */
  readonly restored: { readonly running: boolean } | null
}

/** What a run may do to any task. */
export interface TaskHandles {
  readonly owner: TaskOwner
  readonly teller: DelegateTeller
  readonly progress: ProgressSetters
  readonly waits: (what: WaitingFor, until: number | null) => void
  readonly warn: (warning: Warning) => void
  readonly responded: (response: URLResponse | ResponseHead) => void
  readonly sent: (request: SentRequest) => void
}

/** What of a request may differ from the one that the task was made with; its headers are looked through when somebody asks. */
export type SentRequest = Pick<URLRequest, 'url' | 'method'> & { readonly headers: () => [string, string][] }

/** Or what makes them when somebody asks: few do. */
export type LateMetrics = TaskMetrics | (() => TaskMetrics)

/** How a task ended. */
export interface TaskEnd<Result> {
  readonly error: URLError | null
  readonly metrics: LateMetrics
  readonly result: Result | null
  /** The last thing before `finished` settles: whoever sees that can rely on it. */
  readonly settle?: ((succeeded: boolean) => Promise<void>) | null
}

/** Warnings kept on a task; the oldest go. */
const WARNINGS_KEPT = 50

/** One transfer or request. It starts suspended; `resume()` starts it. */
export abstract class Task<Result> {
  /** What kind of task it is. */
  abstract readonly kind: 'data' | 'download' | 'upload' | 'webSocket'
  /** The caller's own stable name, or null. */
  readonly key: string | null
  /** The caller's own data, kept across a reload in a background session. */
  readonly metadata: Json | null
  readonly originalRequest: URLRequest
  /** Iterate it, subscribe to it, or take snapshots of it. */
  readonly progress: Progress
  /**
   * Settles after `didComplete`: with the result for every HTTP status, or with a URLError (with `signal.reason`
   * when the signal cancelled it). Never an unhandled rejection by itself.
   */
  readonly finished: Promise<Result>

  /** @internal */
  protected readonly owner: TaskOwner
  /** @internal */
  protected readonly teller: DelegateTeller
  /** @internal */
  protected readonly setProgress: ProgressSetters
  /** @internal What the caller last wished for the moment of its start. */
  protected beginAt: number | null
  /** @internal */
  protected canceling = false
  /** @internal */
  protected completed = false
  readonly #signal: AbortSignal | null
  readonly #settled = Promise.withResolvers<Result>()
  readonly #listeners = new Listeners()
  #identifier: number
  #description: string
  #priority: number
  #delegate: TaskDelegate | null
  #suspendCount: number
  #started: boolean
  #waitingFor: WaitingFor = null
  #waitingUntil: number | null = null
  #sent: SentRequest | null = null
  #response: URLResponse | null = null
  #error: URLError | null = null
  #metrics: LateMetrics | null = null
  #warnings: readonly Warning[] = []
  #stopSignal: () => void = () => {}

  /** @internal Made by a session alone. */
  protected constructor(
    { identifier, request, options, restored }: TaskSeed,
    owner: TaskOwner,
    direction: Direction = 'download',
  ) {
    this.owner = owner
    this.#identifier = identifier
    this.key = options.key ?? null
    this.metadata = options.metadata ?? null
    this.originalRequest = publicRequest(request)
    this.#description = options.description ?? ''
    this.#priority = options.priority ?? owner.settings.priority
    this.beginAt = options.earliestBeginDate?.getTime() ?? null
    this.#delegate = options.delegate ?? null
    this.#suspendCount = restored?.running ? 0 : 1
    this.#started = restored !== null
    this.#signal = options.signal ?? null
    this.teller = new DelegateTeller(this as unknown as AnyTask, owner, (warning) => this.warn(warning))
    ;[this.progress, this.setProgress] = Progress.make(() => this.cancel(), direction)
    this.finished = this.#settled.promise
    // Whoever wants to know awaits it; whoever does not must not be punished by an unhandled rejection.
    this.finished.catch(() => {})
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
    this.edited({ description: this.#description })
  }

  /** From 0 to 1; values outside are clamped. Takes effect on what waits for a slot. */
  get priority(): number {
    return this.#priority
  }

  set priority(value: number) {
    if (typeof value !== 'number' || Number.isNaN(value))
      throw new TypeError(`priority was ${String(value)}; allowed is a number from 0 to 1`)
    this.#priority = Math.min(1, Math.max(0, value))
    this.edited({ priority: this.#priority })
  }

  /** Not before this moment. Changing it while the task waits for it takes effect at once. */
  get earliestBeginDate(): Date | null {
    return this.beginAt === null ? null : new Date(this.beginAt)
  }

  set earliestBeginDate(date: Date | null) {
    if (date !== null && !(date instanceof Date && !Number.isNaN(date.getTime())))
      throw new TypeError('earliestBeginDate was no valid Date; allowed is a Date or null')
    this.beginAt = date?.getTime() ?? null
    this.edited({ beginAt: this.beginAt })
  }

  /** True once it was resumed for the first time. */
  get started(): boolean {
    return this.#started
  }

  get state(): TaskState {
    if (this.completed) return 'completed'
    if (this.canceling) return 'canceling'
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

  /**
   * The request as it was sent last: the next hop of a redirect where hops are shown, else with the URL that answered; of credentials it
   * has only those of `originalRequest`. A transfer, whose requests are sent elsewhere, shows what adapters and delegates made of it.
   */
  get currentRequest(): URLRequest {
    const answered = this.#response && { url: this.#response.url }
    const sent = this.#sent && { ...this.#sent, headers: this.#sent.headers() }
    return { ...this.originalRequest, ...sent, ...answered }
  }

  get response(): URLResponse | null {
    return this.#response
  }

  get error(): URLError | null {
    return this.#error
  }

  /** Null until the task is complete. */
  get metrics(): TaskMetrics | null {
    if (typeof this.#metrics === 'function') this.#metrics = this.#metrics()
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
    if (delegate !== null) this.owner.assertTaskDelegatesAllowed()
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
    if (this.completed || this.canceling || this.#suspendCount === 0) return this
    this.#suspendCount -= 1
    if (this.#suspendCount > 0) return this
    this.changed()
    if (this.#started) this.goOn()
    else if (!this.owner.isInvalid()) this.start()
    return this
  }

  /** Pauses. Nests: as many calls of `resume()` are needed. What has arrived is kept. */
  suspend(): this {
    if (this.completed || this.canceling) return this
    this.#suspendCount += 1
    if (this.#suspendCount > 1 || !this.#started) return this
    this.setProgress.rest()
    this.changed()
    this.pause()
    return this
  }

  /** Ends the task with `cancelled` and removes its bytes. Returns at once; doing it twice is harmless. */
  abstract cancel(): void

  /** @internal */
  protected handles(): TaskHandles {
    return {
      owner: this.owner,
      teller: this.teller,
      progress: this.setProgress,
      waits: (what, until) => this.waits(what, until),
      warn: (warning) => this.warn(warning),
      responded: (response) => this.responded(response),
      sent: (request) => (this.#sent = request),
    }
  }

  /** @internal The first `resume()`. */
  protected abstract begin(): void
  /** @internal */
  protected abstract goOn(): void
  /** @internal */
  protected abstract pause(): void
  /** @internal Something was changed that decides about its turn. */
  protected abstract edited(change: { priority?: number; description?: string; beginAt?: number | null }): void

  /** @internal */
  protected start(): void {
    this.#started = true
    this.begin()
  }

  /** @internal */
  protected get suspended(): boolean {
    return this.#suspendCount > 0
  }

  /** @internal The number that an engine found free. */
  protected renumber(identifier: number): void {
    this.#identifier = identifier
  }

  /** @internal It is made: its session and its delegate hear of it, and its signal may end it. */
  protected announce(): void {
    this.owner.made(this as unknown as AnyTask)
    this.teller.tellCreated()
    this.followSignal()
  }

  /** @internal Called when nothing of it happens on the spot any more: signals may act at once. */
  protected followSignal(): void {
    const signal = this.#signal
    if (!signal) return
    const abort = (): void => this.cancel()
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    this.#stopSignal = () => signal.removeEventListener('abort', abort)
  }

  /** @internal What promises reject with, and requests are aborted with: the signal's own reason, where it was the signal. */
  protected stopReason(error: URLError): unknown {
    return error.code === 'cancelled' && this.#signal?.aborted ? this.#signal.reason : error
  }

  /** @internal Marks it as about to end; false when it is already. */
  protected beginCanceling(): boolean {
    this.teller.end()
    if (this.completed || this.canceling || this.teller.last) return false
    this.canceling = true
    this.setProgress.rest()
    this.changed()
    return true
  }

  /** @internal */
  protected changed(): void {
    this.#listeners.call()
  }

  /** @internal */
  protected waits(what: WaitingFor, until: number | null): void {
    if (this.#waitingFor === what && this.#waitingUntil === until) return
    this.#waitingFor = what
    this.#waitingUntil = until
    if (what !== null) this.setProgress.rest()
    this.changed()
  }

  /** @internal */
  protected responded(response: URLResponse | ResponseHead): void {
    this.#response = response instanceof URLResponse ? response : new URLResponse(response)
    this.changed()
  }

  /** @internal */
  protected warn(warning: Warning): void {
    this.#warnings = [...this.#warnings, warning].slice(-WARNINGS_KEPT)
    this.changed()
    this.teller.tell('didWarn', (delegate) => delegate.didWarn?.(this as unknown as AnyTask, warning))
  }

  /** @internal The last steps of every task, in this order: metrics, didComplete, `finished`. Must be its turn. */
  protected async complete({ error, metrics, result, settle = null }: TaskEnd<Result>): Promise<void> {
    if (this.completed) return
    const task = this as unknown as AnyTask
    this.#stopSignal()
    this.teller.last = true
    this.#metrics = metrics
    this.#error = error
    this.setProgress.end(null)
    await this.teller.ask('didFinishCollectingMetrics', (delegate) =>
      delegate.didFinishCollectingMetrics?.(task, this.metrics as TaskMetrics),
    )
    // What the delegate threw just now fails a task that had succeeded.
    const told = error ?? this.teller.failure
    this.#error = told
    await this.teller.ask('didComplete', (delegate) => {
      this.completed = true
      return delegate.didComplete?.(task, told)
    })
    this.completed = true
    if (settle) await settle(result !== null && told === null).catch(() => {})
    this.owner.completed(task)
    if (result !== null && told === null) this.#settled.resolve(result)
    else this.#settled.reject(told && this.stopReason(told))
    this.#delegate = null
    this.changed()
  }

  /** @internal Another task goes on with what this one began: nothing more is told of this one, and it ends as that one does. */
  protected handOn(metrics: LateMetrics, finished: Promise<Result>): void {
    this.#stopSignal()
    this.#metrics = metrics
    this.setProgress.end(null)
    this.completed = true
    this.owner.completed(this as unknown as AnyTask)
    this.#settled.resolve(finished)
    this.#delegate = null
    this.changed()
  }
}

/** Metrics of a task that sent nothing. */
export function noMetrics(start: number = Date.now()): TaskMetrics {
  return { start, end: Date.now(), redirectCount: 0, transactions: [] }
}
