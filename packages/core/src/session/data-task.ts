/** A request whose answer is taken on the spot: as a whole, chunk by chunk, by a delegate, or as a `Response`. */
import type { DataLane } from '../loading/data-lane.ts'
import type { DataLoad, DataLoadOptions } from '../loading/data-load.ts'
import type { Exchange } from '../loading/loader.ts'
import type { DataRequest } from '../model/request.ts'
import { URLResponse } from '../model/response.ts'
import { URLError } from '../model/url-error.ts'
import { joined } from './joined.ts'
import { noMetrics, Task } from './task.ts'
import { questionsOf } from './task-questions.ts'
import type { DataOptions } from './task-options.ts'
import type { TaskOwner } from './task-owner.ts'

/** What a data task's `finished` resolves with. */
export interface DataResult {
  /** The body; empty where a delegate or a loop took it. */
  readonly data: Uint8Array<ArrayBuffer>
  readonly response: URLResponse
}

/**
 * Who takes the body: `finished` (`gather`), the delegate's didReceiveData, a loop over the task, or whoever holds the platform's
 * own Response.
 */
type Taker = 'gather' | 'delegate' | 'loop' | 'native'

export interface DataTaskOrigin {
  readonly uid: string
  readonly identifier: number
  readonly request: DataRequest
  readonly options: DataOptions
  /** A promise or a loop takes the answer: delegates are not asked about it, and get no data. */
  readonly taker: Exclude<Taker, 'delegate'> | null
  /** Loads what requests are sent with. */
  readonly lane: () => Promise<DataLane>
}

/** The answer's head, and its body on demand. */
export interface DataAnswer {
  readonly response: URLResponse
  /** The platform's own Response, unread, where there is one. */
  readonly native: Response | null
  /** The next bytes, or null at the end, with which the task ends. */
  readonly read: () => Promise<Uint8Array | null>
  /** The body was taken by other means, or failed there. */
  readonly ended: (error: unknown) => void
}

/**
 * A request. It starts suspended; `resume()` starts it. Iterate it to take its body chunk by chunk; then, and when a
 * delegate has `didReceiveData`, `finished` resolves without the data.
 */
export class DataTask extends Task<DataResult> implements AsyncIterable<Uint8Array> {
  readonly kind = 'data'
  readonly #origin: DataTaskOrigin
  readonly #answered = Promise.withResolvers<DataAnswer>()
  #taker: Taker | null
  #load: DataLoad | null = null
  #exchange: Exchange | null = null
  #received = 0
  #total: number | null = null
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
    owner.made(task)
    task.teller.tellCreated()
    task.followSignal()
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
      for (let bytes = await read(); bytes; bytes = await read()) yield bytes
    } finally {
      this.cancel()
    }
  }

  /** Ends the task with `cancelled`. Returns at once; doing it twice is harmless. */
  cancel(): void {
    if (this.#over || !this.beginCanceling()) return
    const reason = new URLError('cancelled', { url: this.originalRequest.url })
    this.#load?.stop(this.stopReason(reason))
    void this.#end(reason)
  }

  protected begin(): void {
    void this.#run()
  }

  protected goOn(): void {
    this.#load?.unhold()
  }

  protected pause(): void {
    this.#load?.hold()
  }

  protected edited({ priority }: { priority?: number }): void {
    if (priority !== undefined) this.#load?.reprioritize(priority)
  }

  async #run(): Promise<void> {
    try {
      const lane = await this.#origin.lane()
      if (this.#over) return
      const load = lane.load(this.#origin.request, this.#loadOptions())
      this.#load = load
      if (this.suspended) load.hold()
      this.#exchange = await load.head()
      await load.whenLet()
      const response = this.#responded(this.#exchange)
      this.#taker ??= await this.#whoTakes(response)
      this.#hand(response)
    } catch (error) {
      await this.#end(error)
    }
  }

  #responded(exchange: Exchange): URLResponse {
    const response = new URLResponse((this.#load as DataLoad).record)
    this.responded(response)
    if (exchange.redirected)
      this.teller.tell('didFollowRedirects', (delegate) => delegate.didFollowRedirects?.(this, response.url))
    this.#total = this.originalRequest.method === 'HEAD' ? 0 : response.expectedContentLength
    this.#assertShort(this.#total ?? 0)
    return response
  }

  /** Asks whoever listens whether the body is wanted, and who gets it. */
  async #whoTakes(response: URLResponse): Promise<Taker> {
    if (this.teller.for('didReceiveResponse')) {
      this.waits('delegate', null)
      const answer = await this.teller.question('didReceiveResponse', (delegate) =>
        delegate.didReceiveResponse?.(this, response),
      )
      this.waits(null, null)
      if (answer === 'cancel') this.cancel()
      else if (answer !== undefined && answer !== 'allow') {
        const why = `didReceiveResponse answered ${JSON.stringify(answer)}; allowed is "allow" or "cancel"`
        throw new URLError('delegateFailed', { url: response.url, phase: 'delivery', why })
      }
    }
    return this.#taker ?? (this.teller.for('didReceiveData') ? 'delegate' : 'gather')
  }

  #hand(response: URLResponse): void {
    if (this.#over) return
    if (this.#taker === 'gather') void this.#gather(response)
    else if (this.#taker === 'delegate') void this.#deliver(response)
    else {
      const result = { data: new Uint8Array(), response }
      this.#answered.resolve({
        response,
        native: this.#exchange?.native ?? null,
        read: async () => {
          try {
            const bytes = await this.#read()
            if (!bytes) await this.#end(null, result)
            return bytes
          } catch (error) {
            throw await this.#end(error)
          }
        },
        ended: (error) => void this.#end(error, result),
      })
    }
  }

  async #gather(response: URLResponse): Promise<void> {
    try {
      const chunks: Uint8Array<ArrayBuffer>[] = []
      for (let bytes = await this.#read(); bytes; bytes = await this.#read()) chunks.push(bytes.slice())
      await this.#end(null, { data: joined(chunks, this.#received), response })
    } catch (error) {
      await this.#end(error)
    }
  }

  async #deliver(response: URLResponse): Promise<void> {
    try {
      for (let bytes = await this.#read(); bytes; bytes = await this.#read()) {
        const data = bytes.slice()
        await this.teller.question('didReceiveData', (delegate) => delegate.didReceiveData?.(this, data))
      }
      await this.#end(null, { data: new Uint8Array(), response })
    } catch (error) {
      await this.#end(error)
    }
  }

  async #read(): Promise<Uint8Array | null> {
    const bytes = (await this.#load?.read()) ?? null
    if (!bytes) return null
    this.#received += bytes.byteLength
    this.#assertShort(this.#received)
    // More than was announced: a compression that CORS hides, whose length says nothing of the body's.
    if (this.#total !== null && this.#received > this.#total) this.#total = null
    this.setProgress.update(this.#received, this.#total)
    return bytes
  }

  #assertShort(bytes: number): void {
    const limit = this.#origin.options.maximumSize ?? Number.POSITIVE_INFINITY
    if (bytes <= limit) return
    const why = `more than the ${limit} bytes that are allowed`
    throw new URLError('dataLengthExceedsMaximum', { url: this.originalRequest.url, phase: 'body', why })
  }

  /** It is over, in whatever way; the first who says so is believed. Returns what it failed with. */
  async #end(thrown: unknown, result: DataResult | null = null): Promise<unknown> {
    if (this.#over) return this.error ?? thrown
    this.#over = true
    const { url } = this.originalRequest
    const failed = thrown === null ? null : URLError.from(thrown, 'unknown', { url })
    const error = failed?.with({ bytesTransferred: this.#received, url }) ?? null
    const metrics = this.#load?.end(error) ?? noMetrics()
    if (error) {
      this.#answered.reject(error)
      await this.#exchange?.body.cancel()
    } else this.setProgress.end(this.#received)
    const complete = (): Promise<void> => {
      const told = this.teller.failure ?? error
      return this.complete({ error: told, metrics, result: told ? null : result })
    }
    // Where nobody is told of anything nobody has to wait for his turn, least of all inside a delegate's method.
    await (this.teller.hasMore ? this.owner.queue.add(complete) : complete())
    return this.error
  }

  #loadOptions(): DataLoadOptions {
    const { uid, options } = this.#origin
    const { dataRetry } = this.owner.settings
    return {
      uid,
      priority: this.priority,
      beginAt: this.beginAt,
      retry: { ...dataRetry, ...(options.retry === false ? { attempts: 1 } : options.retry) },
      idempotencyKey:
        typeof options.idempotencyKey === 'string' ? options.idempotencyKey : options.idempotencyKey ? uid : null,
      questions: questionsOf(this, this.teller),
      onWaiting: (what, until) => this.waits(what, until),
      onWaitsForConnectivity: () =>
        this.teller.tell('isWaitingForConnectivity', (delegate) => delegate.isWaitingForConnectivity?.(this)),
      onRetrying: (why, delay) => this.warn({ code: 'retrying', message: `${why}; trying again in ${delay} ms` }),
    }
  }
}
