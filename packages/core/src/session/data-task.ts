/**
 * A request whose answer is taken on the spot: as a whole, chunk by chunk, by a delegate, or as a `Response`. What it does is loaded
 * with the first of them (`data-run.ts`).
 */
import type { DataRequest } from '../model/request.ts'
import type { URLResponse } from '../model/response.ts'
import { URLError } from '../model/url-error.ts'
import type { DataRun } from './data-run.ts'
import type { DownloadInlet, DownloadOrigin, DownloadTask } from './download-task.ts'
import { ownBytes } from './joined.ts'
import { type LateMetrics, noMetrics, Task, type TaskHandles } from './task.ts'
import type { DataOptions } from './task-options.ts'
import type { TaskOwner } from './task-owner.ts'

/** What a data task's `finished` resolves with. */
export interface DataResult {
  /** The body; empty where a delegate, a loop or a download took it. */
  readonly data: Uint8Array<ArrayBuffer>
  readonly response: URLResponse
}

/**
 * Who takes the body: `finished` (`gather`), the delegate's didReceiveData, a loop over the task, whoever holds the platform's
 * own Response, or a download that the task became.
 */
export type Taker = 'gather' | 'delegate' | 'loop' | 'native' | 'download'

export interface DataTaskOrigin {
  readonly identifier: number
  readonly request: DataRequest
  readonly options: DataOptions
  /** A promise or a loop takes the answer: delegates are not asked about it, and get no data. */
  readonly taker: Exclude<Taker, 'delegate' | 'download'> | null
  /** Sent with every attempt, or null. */
  readonly idempotencyKey: string | null
  /** Loads what requests are sent with. */
  readonly workings: () => Promise<DataWorkings>
  /** Makes the download that the task becomes. */
  readonly adopt: (origin: Omit<DownloadOrigin, 'uid' | 'identifier'>) => DownloadInlet
}

/** What a request is sent with. */
export interface DataWorkings {
  readonly run: (inlet: DataInlet) => DataRun
}

/** The answer's head, and its body on demand. */
export interface DataAnswer {
  readonly response: URLResponse
  /** The platform's own Response, unread, where there is one. */
  readonly native: Response | null
  /** The type of the platform's own Response, also where that is not handed on. */
  readonly type: ResponseType
  /** Redirects were followed that the platform's Response knows nothing of. */
  readonly redirected: boolean
  /** The next bytes, or null at the end, with which the task ends. */
  readonly read: () => Promise<Uint8Array | null>
  /** There is no body to read. */
  readonly ended: () => void
}

/** What a run may do to its task. */
export interface DataInlet extends TaskHandles {
  readonly task: DataTask
  /** When the task was made. */
  readonly created: number
  readonly origin: DataTaskOrigin
  /** Settled by now if the task's loop began. */
  readonly taker: () => Taker | null
  /** Settles who takes the body, unless that is settled: no loop can begin any more. */
  readonly take: (taker: Taker) => Taker
  readonly answer: (answer: DataAnswer) => void
  /** From now on it is the download's, and silent. */
  readonly handOn: (metrics: LateMetrics, download: DownloadTask) => void
  /** It is over: well, with a result, or with an error. The first who says so is believed; gives what it failed with. */
  readonly over: (thrown: unknown, cost: DataCost, result: DataResult | null) => Promise<unknown>
}

export interface DataCost {
  readonly received: number
  /** How often the request was sent. */
  readonly attempts: number
  readonly metrics: (error: URLError | null) => LateMetrics
}

/**
 * A request. It starts suspended; `resume()` starts it. Iterate it to take its body chunk by chunk; then, and when a
 * delegate has `didReceiveData`, `finished` resolves without the data.
 */
export class DataTask extends Task<DataResult> implements AsyncIterable<Uint8Array> {
  readonly kind = 'data'
  readonly #origin: DataTaskOrigin
  readonly #created = Date.now()
  #answered = Promise.withResolvers<DataAnswer>()
  #taker: Taker | null
  #run: DataRun | null = null
  #over = false

  private constructor(origin: DataTaskOrigin, owner: TaskOwner) {
    super({ ...origin, restored: null }, owner)
    this.#origin = origin
    this.#taker = origin.taker
    this.#answered.promise.catch(() => {})
  }

  /** @internal Made by a session alone. */
  static make(origin: DataTaskOrigin, owner: TaskOwner): DataTask {
    const task = new DataTask(origin, owner)
    task.announce()
    return task
  }

  /** @internal The head, once it is there, for whoever takes the body. */
  answer(): Promise<DataAnswer> {
    return this.#answered.promise
  }

  /** Starts the task and gives its body as it comes; a loop that is left cancels it. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    if (this.#taker !== null && this.#taker !== 'loop')
      throw new TypeError('the body of this task is taken already: loop over it before you resume it')
    this.#taker = 'loop'
    if (!this.started) this.resume()
    const { read } = await this.#answered.promise
    try {
      for (let bytes = await read(); bytes; bytes = await read()) yield ownBytes(bytes)
    } finally {
      if (!this.#over) this.cancel()
    }
  }

  /** Ends the task with `cancelled`. Returns at once; doing it twice is harmless. */
  cancel(): void {
    // All of it has come: it ends as it went, and waits no longer for what its delegate began.
    if (this.#over) return this.teller.end()
    if (!this.beginCanceling()) return
    const reason = new URLError('cancelled', { url: this.originalRequest.url })
    if (this.#run) this.#run.stop(reason, this.stopReason(reason))
    else void this.#end(reason, this.#nothing, null)
  }

  protected begin(): void {
    void this.#start()
  }

  protected goOn(): void {
    this.#run?.unhold()
  }

  protected pause(): void {
    this.#run?.hold()
  }

  protected edited({ priority, beginAt }: { priority?: number; beginAt?: number | null }): void {
    if (priority !== undefined) this.#run?.reprioritize(priority)
    if (beginAt !== undefined) this.#run?.rebegin()
  }

  get #nothing(): DataCost {
    return { received: 0, attempts: 0, metrics: () => noMetrics(this.#created) }
  }

  async #start(): Promise<void> {
    try {
      const { run } = await this.#origin.workings()
      if (this.#over) return
      this.#run = run(this.#inlet())
      if (this.suspended) this.#run.hold()
      await this.#run.start()
    } catch (error) {
      await this.#end(error, this.#nothing, null)
    }
  }

  async #end(thrown: unknown, { received, attempts, metrics }: DataCost, result: DataResult | null): Promise<unknown> {
    // What a delegate threw cancelled the task, and is what everybody is told.
    const why = thrown && (this.teller.failure ?? thrown)
    if (this.#over) return this.error ? this.stopReason(this.error) : why
    this.#over = true
    const { url } = this.originalRequest
    const failed = why === null ? null : URLError.from(why, 'unknown', { url })
    const error = failed?.with({ bytesTransferred: received, attempts, url: failed.url ?? url }) ?? null
    const cost = metrics(error)
    if (error) this.#answered.reject(this.stopReason(error))
    else this.setProgress.end(received)
    const complete = (): Promise<void> => {
      const told = this.teller.failure ?? error
      return this.complete({ error: told, metrics: cost, result: told ? null : result })
    }
    // Where nobody is told of anything nobody has to wait for his turn, least of all inside a delegate's method.
    await (this.teller.hasMore ? this.teller.turn(complete, error) : Promise.resolve().then(complete))
    return this.error && this.stopReason(this.error)
  }

  #handOn(metrics: LateMetrics, download: DownloadTask): void {
    this.#over = true
    this.#taker = 'download'
    this.handOn(
      metrics,
      download.finished.then(({ response }) => ({ data: new Uint8Array(), response })),
    )
  }

  #give(answer: DataAnswer): void {
    this.#answered.resolve(answer)
    if (this.#taker !== 'native') return
    // Who asked for it has it by now. A Response must not live as long as its task, which ends when nobody has it any more.
    this.#answered = Promise.withResolvers<DataAnswer>()
    this.#answered.promise.catch(() => {})
  }

  #inlet(): DataInlet {
    return {
      ...this.handles(),
      task: this,
      created: this.#created,
      origin: this.#origin,
      taker: () => this.#taker,
      take: (taker) => (this.#taker ??= taker),
      answer: (answer) => this.#give(answer),
      handOn: (metrics, download) => this.#handOn(metrics, download),
      over: (thrown, cost, result) => this.#end(thrown, cost, result),
    }
  }
}
