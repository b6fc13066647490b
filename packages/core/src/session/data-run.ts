/** One data task under way: from its load to whoever takes the body. */
import type { DataLane } from '../loading/data-lane.ts'
import type { AskToCache } from '../loading/cache/cache-run.ts'
import type { TaskCache } from '../loading/cache/task-cache.ts'
import type { DataLoad, DataLoadOptions } from '../loading/data-load.ts'
import type { Exchange } from '../loading/loader.ts'
import { URLResponse } from '../model/response.ts'
import { URLError } from '../model/url-error.ts'
import type { DataInlet, DataResult, Taker } from './data-task.ts'
import { joined, ownBytes } from './joined.ts'
import type { SentBytes } from './sent-bytes.ts'
import { sentCredentials } from './sent-credentials.ts'
import type { Flight } from './shared-answers.ts'
import { questionsOf } from './task-questions.ts'

export class DataRun {
  readonly #inlet: DataInlet
  readonly #load: DataLoad
  /** Null where the session has none of its own. */
  readonly #cache: TaskCache | null
  #received = 0
  #total: number | null = null
  /** The request that others wait for too, where it is this one that sends it. */
  #flight: Flight | null = null
  #over = false
  /** Hears how far the request's body is, where that is shown. */
  #sent: SentBytes | null = null
  readonly #lane: DataLane

  constructor(inlet: DataInlet, lane: DataLane) {
    this.#inlet = inlet
    this.#lane = lane
    const { request } = inlet.origin
    const credentials = sentCredentials(request, { ...inlet, proposed: request.proposed ?? null }, lane)
    this.#cache = lane.cacheFor(request)
    this.#load = lane.load({ ...request, credentials }, this.#options(lane), this.#cache)
  }

  hold(): void {
    this.#flight?.land(null)
    this.#load.hold()
  }

  unhold(): void {
    this.#load.unhold()
  }

  reprioritize(priority: number): void {
    this.#load.reprioritize(priority)
  }

  rebegin(): void {
    this.#load.rebegin()
  }

  /** @param cause What the request itself is aborted with. */
  stop(error: URLError, cause: unknown): void {
    this.#flight?.land(null)
    this.#load.stop(cause)
    void this.#end(error)
  }

  async start(): Promise<void> {
    try {
      if (this.#inlet.origin.options.dedupe && (await this.#shared())) return
      await this.#send()
    } catch (error) {
      await this.#end(error)
    }
  }

  async #send(): Promise<void> {
    if (this.#lane.tellsSent && this.#inlet.origin.request.body !== null) {
      const { SentBytes } = await import('./sent-bytes.ts')
      if (this.#over) return
      this.#sent = new SentBytes(this.#inlet)
    }
    const exchange = await this.#load.head()
    await this.#load.whenLet()
    const response = this.#responded(exchange)
    const taker = this.#inlet.taker() ?? (await this.#whoTakes(response))
    if (taker === 'gather') await this.#gather(response)
    else if (taker === 'delegate') await this.#deliver(response)
    else if (taker === 'download') await this.#become()
    else await this.#handOver(response)
  }

  /** Takes the answer to the same request of another task; false where there is none, and this one is to ask. */
  async #shared(): Promise<boolean> {
    const { boarded, keyOf } = await import('./shared-answers.ts')
    const key = keyOf(this.#inlet.origin)
    while (key !== null) {
      await this.#load.whenLet()
      if (this.#over) return true
      const { flight, isOwn } = boarded(this.#lane, key)
      if (isOwn) {
        this.#flight = flight
        return false
      }
      const landing = await flight.landed
      await this.#load.whenLet()
      if (this.#over) return true
      if (!landing) continue
      if ('failure' in landing) throw landing.failure
      const response = new URLResponse(landing.head)
      this.#inlet.take('gather')
      this.#inlet.responded(response)
      this.#received = landing.data.byteLength
      await this.#end(null, { data: landing.data.slice(), response })
      return true
    }
    return false
  }

  #responded(exchange: Exchange): URLResponse {
    const { responded, task, teller } = this.#inlet
    const response = new URLResponse(this.#load.answered)
    this.#sent?.end()
    responded(response)
    if (exchange.redirected)
      teller.tell('didFollowRedirects', (delegate) => delegate.didFollowRedirects?.(task, response.url))
    this.#total = task.originalRequest.method === 'HEAD' ? 0 : response.expectedContentLength
    this.#assertShort(this.#total ?? 0)
    return response
  }

  /** Asks whoever listens whether the body is wanted, and who gets it. */
  async #whoTakes(response: URLResponse): Promise<Taker> {
    const { task, teller, waits, taker, take } = this.#inlet
    if (teller.for('didReceiveResponse')) {
      waits('delegate', null)
      const answer = await teller.question('didReceiveResponse', (delegate) =>
        delegate.didReceiveResponse?.(task, response),
      )
      waits(null, null)
      if (answer === 'cancel') task.cancel()
      else if (answer === 'becomeDownload' && taker() === null) return take('download')
      else if (answer !== undefined && answer !== 'allow') {
        const allowed =
          taker() === null ? '"allow", "cancel" or "becomeDownload"' : '"allow" or "cancel", as a loop has begun'
        const why = `didReceiveResponse answered ${JSON.stringify(answer)}; allowed is ${allowed}`
        throw new URLError('delegateFailed', { url: response.url, phase: 'delivery', why })
      }
    }
    return take(teller.for('didReceiveData') ? 'delegate' : 'gather')
  }

  async #gather(response: URLResponse): Promise<void> {
    const data = await this.#gathered()
    // Before it is the caller's, who may change it.
    this.#flight?.land({ head: this.#load.answered, data: data.slice() })
    await this.#finish({ data, response })
  }

  async #deliver(response: URLResponse): Promise<void> {
    const { task, teller } = this.#inlet
    for (let bytes = await this.#read(); bytes; bytes = await this.#read()) {
      const data = ownBytes(bytes)
      await teller.question('didReceiveData', (delegate) => delegate.didReceiveData?.(task, data))
    }
    await this.#finish({ data: new Uint8Array(), response })
  }

  async #become(): Promise<void> {
    const { becomeDownload } = await import('./become-download.ts')
    await this.#load.whenLet()
    if (this.#inlet.task.state === 'running') await becomeDownload(this.#inlet, this.#load)
  }

  /** Kept by whoever gets it, and by nobody here: one that was never read can be forgotten. */
  async #handOver(response: URLResponse): Promise<void> {
    const result = { data: new Uint8Array(), response }
    const exchange = this.#load.handOver()
    const { native = null } = exchange
    const facts = { response, type: native?.type ?? 'default', redirected: exchange.redirectCount > 0 }
    const { integrity } = this.#inlet.origin.request.init ?? {}
    const checked = integrity ? await this.#checked(exchange, integrity) : null
    if (checked) {
      // Nothing more comes, whether anybody reads it or not.
      this.#inlet.answer({ ...facts, native: null, read: checked, ended: () => {} })
      await this.#finish(result)
      return
    }
    let ended = false
    this.#inlet.answer({
      ...facts,
      native,
      read: async () => {
        if (ended) return null
        try {
          const bytes = await this.#read(exchange)
          ended = !bytes || this.#isWhole(exchange)
          const failure = ended ? await this.#finish(result) : null
          if (failure !== null) throw failure as Error
          return bytes
        } catch (error) {
          throw await this.#end(error)
        }
      },
      ended: () => void this.#finish(result),
    })
  }

  /**
   * Whether nothing comes any more, though the platform has not said so yet: after as many bytes as were announced a body is complete (RFC 9112
   * §6.3), and a browser takes its time to tell of it. Only of an answer whose headers are all seen, which no service worker can have
   * made up, and where nobody waits for what the platform measures, nor for a cache to keep it.
   */
  #isWhole({ native }: Exchange): boolean {
    const isServers = native?.type === 'basic' && navigator.serviceWorker?.controller === null
    return isServers && this.#received === this.#total && !this.#cache && !this.#inlet.teller.hasMore
  }

  /** Its body once it was found whole, as a way to read it; null where only the platform's fetch can look. */
  async #checked(exchange: Exchange, integrity: string): Promise<(() => Promise<Uint8Array | null>) | null> {
    if (!this.#lane.leavesIntegrity(exchange)) return null
    const whole = await this.#gathered(exchange)
    const { assertIntact } = await import('./fetched-integrity.ts')
    await assertIntact(whole, integrity, exchange)
    const left = whole.length > 0 ? [whole] : []
    return async () => left.shift() ?? null
  }

  async #gathered(exchange?: Exchange): Promise<Uint8Array<ArrayBuffer>> {
    const chunks: Uint8Array<ArrayBuffer>[] = []
    for (let bytes = await this.#read(exchange); bytes; bytes = await this.#read(exchange)) chunks.push(ownBytes(bytes))
    return joined(chunks, this.#received)
  }

  async #read(exchange?: Exchange): Promise<Uint8Array | null> {
    const bytes = await this.#load.read(exchange)
    if (!bytes) return null
    this.#cache?.collect(bytes)
    this.#received += bytes.byteLength
    this.#assertShort(this.#received)
    // More than was announced: a compression that CORS hides, whose length says nothing of the body's.
    if (this.#total !== null && this.#received > this.#total) this.#total = null
    this.#inlet.progress.update(this.#received, this.#total)
    return bytes
  }

  #assertShort(bytes: number): void {
    const { origin } = this.#inlet
    const limit = origin.options.maximumSize ?? Number.POSITIVE_INFINITY
    if (bytes <= limit) return
    const why = `more than the ${limit} bytes that are allowed`
    throw new URLError('dataLengthExceedsMaximum', { url: origin.request.url, phase: 'body', why })
  }

  /** Its whole body has come. Gives what the task ended with, null where that is well. */
  async #finish(result: DataResult): Promise<unknown> {
    const { task, teller } = this.#inlet
    const ask: AskToCache = async (proposed) => {
      const answer = await teller.question('willCacheResponse', (delegate) =>
        delegate.willCacheResponse?.(task, proposed),
      )
      // What ends with an error, also one of the delegate's own, is not kept.
      return this.#over ? null : answer
    }
    try {
      if (this.#cache) await this.#load.unlessStopped(this.#cache.finish(teller.for('willCacheResponse') ? ask : null))
      return await this.#end(null, result)
    } catch (error) {
      return this.#end(error)
    }
  }

  #end(thrown: unknown, result: DataResult | null = null): Promise<unknown> {
    this.#over = true
    this.#sent?.end()
    if (thrown !== null) this.#flight?.land({ failure: thrown })
    const { attempts } = this.#load
    const cost = { received: this.#received, attempts, metrics: (error: URLError | null) => this.#load.end(error) }
    return this.#inlet.over(thrown, cost, result)
  }

  #options(lane: DataLane): DataLoadOptions {
    const { origin, owner, task, teller, waits, warn, sent } = this.#inlet
    const { retry } = origin.options
    return {
      uid: String(task.identifier),
      created: this.#inlet.created,
      priority: () => task.priority,
      beginAt: () => task.earliestBeginDate?.getTime() ?? null,
      retry: { ...owner.settings.dataRetry, ...(retry === false ? { attempts: 1 } : retry) },
      idempotencyKey: origin.idempotencyKey,
      questions: questionsOf(
        {
          task,
          teller,
          owner,
          request: origin.request,
          proposed: origin.request.proposed ?? null,
          warn,
          waits,
          sent,
        },
        lane,
      ),
      onWaiting: waits,
      onWaitsForConnectivity: () =>
        teller.tell('isWaitingForConnectivity', (delegate) => delegate.isWaitingForConnectivity?.(task)),
      onLate: (error) => void this.#end(error),
      onSent: (bytes, total) => this.#sent?.moved(bytes, total),
      onRetrying: (why, delay) => warn({ code: 'retrying', message: `${why}; trying again in ${delay} ms` }),
    }
  }
}
