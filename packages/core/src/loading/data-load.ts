/**
 * A data task's way to its answer: waits for its moment and its turn, sends the request as often as is allowed, and
 * guards the body against silence. What becomes of the answer is decided by whoever reads it.
 */
import type { Settings } from '../model/configuration.ts'
import type { TaskMetrics } from '../model/metrics.ts'
import type { DataRequest } from '../model/request.ts'
import { named } from '../model/named-response.ts'
import type { ResponseHead } from '../model/response.ts'
import { URLError } from '../model/url-error.ts'
import type { BodySource } from '../ports/transport.ts'
import { AttemptLog } from './attempt-log.ts'
import { askForRest, type Continuable, continuable, isRest } from './body-continuation.ts'
import { isSentAtOnce } from './body-size.ts'
import { Gate } from './gate.ts'
import { IdleTimer } from './idle-timer.ts'
import type { Exchange, Loader, LoadQuestions, LoadRequest } from './loader.ts'
import {
  type FailedAttempt,
  isRepeatable,
  isUnreachable,
  isUnsent,
  pauseBeforeNext,
  retryAfterOf,
  retryDelay,
  type RetryBudget,
} from './retry.ts'
import { Stop } from './stop.ts'
import { unlessAborted } from './unless-aborted.ts'
import { type WaitOptions, Waits, type WaitTools } from './waits.ts'

export interface DataLoadOptions extends WaitOptions {
  /** When the task was made: its metrics begin there. */
  readonly created: number
  /** As it is now: it may change as long as the task waits. */
  readonly priority: () => number
  /** Milliseconds since the epoch, or null; as it is now. */
  readonly beginAt: () => number | null
  readonly retry: Settings['retry']
  /** Sent with every attempt, so that the server can tell a second one. */
  readonly idempotencyKey: string | null
  readonly questions: LoadQuestions
  /** As a transport tells it. */
  onSent(bytes: number, total: number | null): void
  onRetrying(why: string, delay: number): void
  /** It took longer than it may: it is over, whoever may still be asked something. */
  onLate(error: URLError): void
}

export interface DataLoadTools extends WaitTools {
  readonly loader: Loader
  readonly budget: RetryBudget
  /** See {@link Transport.tellsSent}. */
  readonly tellsSent: boolean
}

/** Of a normal URL, which need not be parsed for it. */
const hostOf = (url: string): string => /^[^:]+:\/\/([^/?#]*)/.exec(url)?.[1] ?? ''

export class DataLoad {
  readonly #given: DataRequest
  #request: LoadRequest
  /** What was asked last: a hop of a redirect, or what an adapter put in its place. */
  #url: string
  readonly #host: string
  readonly #options: DataLoadOptions
  readonly #tools: DataLoadTools
  readonly #log: AttemptLog
  readonly #gate = new Gate()
  readonly #waits: Waits
  readonly #start: number
  /** Why it has to stop, once it has. */
  readonly #stop = new Stop()
  #attempt: AbortController | null = null
  #idle: IdleTimer | null = null
  #exchange: Exchange | null = null
  /** How the body could be gone on with if it broke off. */
  #continuable: Continuable | null = null
  /** In the place of a body that broke off. */
  #rest: BodySource | null = null
  /** Attempts that count: those without a network do not. */
  #tried = 0
  /** Something is to arrive. */
  #expecting = false
  #cancelDeadline: () => void = () => {}

  constructor(request: DataRequest, options: DataLoadOptions, tools: DataLoadTools) {
    this.#given = request
    this.#request = { ...request, body: null }
    this.#url = request.url
    this.#host = hostOf(request.url)
    this.#options = options
    this.#tools = tools
    this.#start = tools.clock.now()
    this.#log = new AttemptLog(tools.clock)
    this.#waits = new Waits(options, tools, this.#stop)
  }

  /** How often the request was sent. */
  get attempts(): number {
    return this.#log.count
  }

  /** The answer's head, once it is there. */
  get answered(): ResponseHead {
    const { url, status, statusText, headers } = this.#exchange as Exchange
    return named({ url, status, statusText, headers })
  }

  /** The answer's head, after all waits and attempts. @throws {URLError}, or what it was stopped with. */
  async head(): Promise<Exchange> {
    const { clock, settings } = this.#tools
    const limit = settings.timeout.resource
    const late = (): void => {
      const error = this.#error('timedOut', { why: 'it took longer than timeout.resource allows', retryable: false })
      this.stop(error)
      this.#options.onLate(error)
    }
    this.#cancelDeadline = clock.after(limit, late, { keepAlive: false })
    const { body } = this.#given
    // Read once, however often it is sent.
    this.#request = { ...this.#given, body: body instanceof Request ? await this.unlessStopped(body.blob()) : body }
    await this.#waits.begin(this.#options.beginAt)
    const exchange = await this.#answer([])
    this.#continuable = continuable(this.#request, exchange)
    return exchange
  }

  async #answer(headers: readonly [string, string][]): Promise<Exchange> {
    for (;;) {
      const again = await this.#once(headers)
      if (again === null) return this.#exchange as Exchange
      await again()
    }
  }

  /** After a body that broke off: asks for the rest of it, as often as is allowed. False where the body stays as it is. */
  async #goesOn(error: unknown): Promise<boolean> {
    const whole = this.#continuable
    if (!whole || this.#stop.aborted || !URLError.is(error)) return false
    // Whatever brings bytes may be tried again for as long as it does.
    if (this.#log.moves) this.#tried = 1
    const at = this.#log.received
    try {
      const again = await this.#next(error)
      await again?.()
      const exchange = await this.#answer(askForRest(whole, at))
      // Anything else goes with the task, which ends now.
      if (!isRest(whole, at, exchange)) return false
      this.#rest = exchange.body
      return true
    } catch {
      // The first failure is the one to tell: the body broke off.
      return false
    }
  }

  /** The answer is somebody else's from now on: with him it goes, unless it is read. `read` takes its body then. */
  handOver(): Exchange {
    const exchange = this.#exchange as Exchange
    this.#exchange = null
    return exchange
  }

  /**
   * The next bytes, or null at the end. They belong to the caller until the next call.
   * @param body Of an answer that was handed over.
   */
  async read({ body }: Pick<Exchange, 'body'> = this.#exchange as Exchange): Promise<Uint8Array | null> {
    for (;;)
      try {
        if (this.#gate.closed) await this.#gate.pass(this.#stop.signal)
        const arrival = (this.#rest ?? body).read()
        const bytes = await (this.#given.patient ? arrival : this.#watched(arrival))
        // What came although it is held waits as well.
        if (this.#gate.closed) await this.#gate.pass(this.#stop.signal)
        this.#log.arrived(bytes?.byteLength ?? 0)
        return bytes
      } catch (thrown) {
        const error = this.#reason(thrown)
        if (!(await this.#goesOn(error))) throw this.#reason(error)
      }
  }

  /** Stops pulling; what is under way comes to its end, and may take its time. */
  hold(): void {
    this.#gate.close()
    this.#idle?.stop()
  }

  unhold(): void {
    this.#gate.open()
    if (this.#expecting) this.#idle?.start()
  }

  /** Settles when it is not held. */
  whenLet(): Promise<void> | void {
    if (this.#gate.closed) return this.#gate.pass(this.#stop.signal)
  }

  reprioritize(priority: number): void {
    this.#tools.scheduler.reprioritize(this.#options.uid, priority)
  }

  /** The moment of its start was changed. */
  rebegin(): void {
    this.#waits.rebegin()
  }

  /** As long as it is not stopped. @throws what it was stopped with. */
  unlessStopped<T>(work: Promise<T>): Promise<T> {
    return unlessAborted(this.#stop.signal, work)
  }

  /** Ends it: waits, request and body. `head` and `read` reject with the reason. */
  stop(reason: unknown): void {
    if (this.#stop.aborted) return
    this.#stop.abort(reason)
    this.#attempt?.abort(reason)
  }

  /** It is over, well or not: gives back its slot and its connection, and tells what it cost. */
  end(error: URLError | null): () => TaskMetrics {
    this.#idle?.stop()
    this.#cancelDeadline()
    if (error) {
      void this.#exchange?.body.cancel()
      this.stop(error)
    }
    this.#tools.scheduler.release(this.#options.uid)
    return this.#log.finish(this.#request.url, error?.code ?? null, this.#options.created)
  }

  /** One attempt; what to do before the next, or null where the answer stands. */
  async #once(headers: readonly [string, string][]): Promise<(() => Promise<void>) | null> {
    await this.#turn()
    this.#tools.budget.asked(this.#host)
    this.#log.begin()
    this.#tried += 1
    let error: URLError | null = null
    try {
      this.#exchange = await this.#send(headers)
      this.#log.answer(this.#exchange)
    } catch (thrown) {
      error = URLError.from(this.#reason(thrown), 'unknown', { url: this.#url })
    }
    if (this.#stop.aborted) {
      await this.#exchange?.body.cancel()
      throw this.#stop.reason
    }
    return !error && (this.#exchange?.status ?? 0) < 400 ? null : this.#next(error)
  }

  /** What to do after an attempt, before the next; null where its answer stands. @throws {URLError} the one that stands. */
  async #next(error: URLError | null): Promise<(() => Promise<void>) | null> {
    const { clock, chance, settings, budget } = this.#tools
    const { retry, idempotencyKey } = this.#options
    const status = this.#exchange?.status ?? null
    const resendable = !(this.#request.body instanceof ReadableStream)
    const repeatable = isRepeatable(this.#request.method) || idempotencyKey !== null
    const outcome = {
      attempt: this.#tried,
      repeatable,
      resendable,
      error,
      status,
      retryAfter: this.#exchange && retryAfterOf(this.#exchange, clock.now()),
      now: clock.now(),
      chance: chance.next(),
      deadline: this.#start + settings.timeout.resource,
      policy: retry,
    }
    const waits = settings.waitsForConnectivity && resendable
    // A failure that hides how far the request came is no absent network: it may have done what it was for.
    if (error && waits && isUnreachable(error) && (repeatable || isUnsent(error))) {
      this.#tried -= 1
      return this.#again(error, () => this.#waits.network())
    }
    const delay = await this.#delay(outcome)
    // What was answered after the end is nobody's.
    this.#stop.throwIfAborted()
    if (delay === null || !budget.spend(this.#host)) {
      if (error) throw error
      return null
    }
    const why = error?.message ?? `${this.#request.url} answered ${status}`
    return this.#again(error, async () => {
      this.#options.onRetrying(why, delay)
      await this.#waits.time('retry', delay)
    })
  }

  /** As the rules say, or as the caller's adapters wish. */
  async #delay(failed: FailedAttempt): Promise<number | null> {
    const { error, status, attempt } = failed
    const { questions } = this.#options
    if (!questions.retry || (!error && (status === null || status < 400))) return retryDelay(failed)
    const told = error ?? this.#error('badServerResponse', { status, why: `HTTP ${status}`, retryable: false })
    const wish = await questions.retry(told, attempt)
    if (wish === null) return retryDelay(failed)
    return wish ? pauseBeforeNext(failed) : null
  }

  /** Takes the attempt down; what is returned comes before the next. */
  async #again(error: URLError | null, wait: () => Promise<void>): Promise<() => Promise<void>> {
    this.#log.end(this.#request.url, error?.code ?? null)
    await this.#exchange?.body.cancel()
    this.#exchange = null
    this.#tools.scheduler.release(this.#options.uid)
    return wait
  }

  async #send(headers: readonly [string, string][]): Promise<Exchange> {
    const { loader, clock, settings, tellsSent } = this.#tools
    const { questions, idempotencyKey } = this.#options
    const swift = isSentAtOnce(this.#request.body)
    const abort = new AbortController()
    this.#attempt = abort
    const limit = this.#request.timeout ?? settings.timeout.request
    this.#idle = new IdleTimer(clock, limit, () =>
      abort.abort(this.#error('timedOut', { why: `nothing arrived for ${limit} ms` })),
    )
    try {
      const loaded = loader.load(this.#request, {
        signal: abort.signal,
        questions: this.#sending(questions, tellsSent && this.#request.body !== null),
        onPassed: (response) => this.#log.pass(response),
        onMoved: (url) => {
          this.#url = url
          this.#idle?.touch()
        },
        // Of parts no cache knows enough.
        fresh: headers.length > 0,
        extraHeaders: idempotencyKey === null ? headers : [...headers, ['idempotency-key', idempotencyKey]],
      })
      // Where nothing shows what has gone out, a body on its way must not be taken for silence.
      return await (swift || tellsSent ? this.#watched(loaded) : loaded)
    } catch (error) {
      // An answer that was refused on its way is of no use to anybody, and must not keep its connection.
      abort.abort(error)
      throw error
    }
  }

  /** With what is for the platform alone. @param hears What goes out is no silence either. */
  #sending(questions: LoadQuestions, hears: boolean): LoadQuestions {
    const priority = this.#options.priority()
    if (!hears && priority === 0.5) return questions
    const onSent = (bytes: number, total: number | null): void => {
      this.#idle?.touch()
      this.#options.onSent(bytes, total)
    }
    const more = {
      ...(hears && { onSent }),
      ...(priority !== 0.5 && { priority: priority > 0.5 ? ('high' as const) : ('low' as const) }),
    }
    return { ...questions, adapt: async (wire) => ({ ...((await questions.adapt?.(wire)) ?? wire), ...more }) }
  }

  /** Guarded against silence, but for as long as it is held. */
  async #watched<T>(arrival: Promise<T>): Promise<T> {
    this.#expecting = true
    this.#idle?.start()
    try {
      return await arrival
    } finally {
      this.#expecting = false
      this.#idle?.stop()
    }
  }

  /** What is suspended sends nothing, and leaves its slot to others. */
  async #turn(): Promise<void> {
    for (;;) {
      if (this.#gate.closed) await this.whenLet()
      // Nobody queues where nothing is counted.
      if (!this.#tools.scheduler.unlimited) await this.#waits.slot(this.#host, this.#options.priority())
      if (!this.#gate.closed) break
      this.#tools.scheduler.release(this.#options.uid)
    }
    this.#stop.throwIfAborted()
  }

  /** Of what it was stopped with, of the silence that was noticed, or of what was thrown: the first that is there. */
  #reason(thrown: unknown): unknown {
    if (this.#stop.aborted) return this.#stop.reason
    return this.#attempt?.signal.aborted ? this.#attempt.signal.reason : thrown
  }

  #error(...[code, details]: ConstructorParameters<typeof URLError>): URLError {
    return new URLError(code, { url: this.#url, phase: this.#log.isAnswered ? 'body' : 'response', ...details })
  }
}
