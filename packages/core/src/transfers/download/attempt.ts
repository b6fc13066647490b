/**
 * One attempt of a download: ask for what is missing, judge the answer, and write its body until it ends
 * or breaks. It decides nothing about trying again; it says how it ended.
 */
import type { Exchange, Loader, LoadQuestions } from '../../loading/loader.ts'
import { missingRanges } from '../../model/byte-ranges.ts'
import type { TransactionMetrics } from '../../model/metrics.ts'
import type { NormalRequest } from '../../model/request.ts'
import { URLError } from '../../model/url-error.ts'
import type { Clock } from '../../ports/clock.ts'
import type { BodySource } from '../../ports/transport.ts'
import type { Entity } from '../../storage/records.ts'
import type { Gate } from '../../loading/gate.ts'
import type { IdleTimer } from '../../loading/idle-timer.ts'
import { isRepeatable, isUnsent, retryAfterOf } from '../../loading/retry.ts'
import type { PartFile } from './part-file.ts'
import { hiddenHeadersAdvice, isResumable, judge, validatorFor, type Ask } from './resume-rules.ts'

export type AttemptEnd =
  | { readonly end: 'filled'; readonly size: number }
  /** What is stored is of no use: ask for the whole, now. `identity` asks the server not to compress. */
  | { readonly end: 'restart'; readonly why: string; readonly identity: boolean }
  | { readonly end: 'interrupted'; readonly error: URLError; readonly retryAfter: number | null }
  | { readonly end: 'fatal'; readonly error: URLError; readonly keepBytes: boolean }
  | { readonly end: 'aborted' }

/** The answer was whole but not all that was asked for: the rest is asked for at once. */
interface MoreToAsk {
  readonly end: 'more'
  readonly entity: Entity
}

export interface AttemptInput {
  /** 1 for the first. */
  readonly number: number
  readonly request: NormalRequest
  readonly entity: Entity | null
  /** Ask for a range from 0, which makes browsers and servers leave compression out. */
  readonly identity: boolean
  /** A compressed answer may be given up once to ask for the same without compression. */
  readonly mayAskAgain: boolean
  readonly last: boolean
  readonly maximumSize: number | null
}

export interface AttemptTools {
  readonly loader: Loader
  readonly questions: LoadQuestions
  readonly part: PartFile
  readonly clock: Clock
  readonly idle: IdleTimer
  readonly gate: Gate
  readonly signal: AbortSignal
  /** Bytes that may still be stored, or null where that is not known. */
  readonly available: () => Promise<number | null>
}

export interface AttemptListener {
  /** The answer is usable; the bytes go on at `offset`, for the `first` time in this attempt. Everything is durable before it settles. */
  onResponse(entity: Entity, offset: number, first: boolean): Promise<void>
  /** More bytes came than a hidden encoding announced: neither the length nor any offset can be trusted. */
  onEncoded(): void
  /** What it returns is waited for before more is read. */
  onBytes(received: number): void | Promise<void>
  onAdvice(message: string): void
  /** @param onTheWay True for an answer that leads to another: a redirect that is followed, a challenge that is answered. */
  onTransaction(metrics: TransactionMetrics, onTheWay: boolean): void
}

export class DownloadAttempt {
  readonly #input: AttemptInput
  readonly #tools: AttemptTools
  readonly #listener: AttemptListener
  #start = 0
  #at = 0
  #bytes = 0
  /** The last answer. */
  #head: Exchange | null = null

  constructor(input: AttemptInput, tools: AttemptTools, listener: AttemptListener) {
    this.#input = input
    this.#tools = tools
    this.#listener = listener
  }

  async run(): Promise<AttemptEnd> {
    const { clock, idle } = this.#tools
    this.#start = clock.now()
    let end: AttemptEnd
    try {
      idle.start()
      let step = await this.#exchange(this.#input.entity)
      while (step.end === 'more') step = await this.#exchange(step.entity)
      end = step
    } catch (error) {
      end = this.#failed(error)
    } finally {
      idle.stop()
    }
    end = await this.#asWished(end)
    const { method } = this.#input.request
    // What changes something on the server is not sent twice, unless it surely never arrived (RFC 9110 §9.2.2).
    if (end.end === 'interrupted' && !isRepeatable(method) && (this.#head || !isUnsent(end.error)))
      end = { end: 'fatal', error: end.error, keepBytes: false }
    this.#tell(this.#head, 'error' in end ? end.error.code : null, false)
    return end
  }

  #tell(answer: Exchange | null, error: string | null, onTheWay: boolean): void {
    const start = this.#start
    this.#start = this.#tools.clock.now()
    this.#listener.onTransaction(
      {
        start,
        end: this.#start,
        url: answer?.url ?? this.#input.request.url,
        status: answer?.status ?? null,
        from: this.#at - this.#bytes,
        bytes: this.#bytes,
        redirectCount: answer?.redirectCount ?? 0,
        timings: answer?.timings?.()() ?? null,
        error,
      },
      onTheWay,
    )
  }

  async #exchange(entity: Entity | null): Promise<AttemptEnd | MoreToAsk> {
    const { part, clock } = this.#tools
    const { request } = this.#input
    let ask = this.#ask(entity)
    this.#at = ask.from ?? 0
    if (request.method === 'GET' && ask.entity !== null && ask.from === ask.entity.total)
      return { end: 'filled', size: part.received }
    let exchange: Exchange
    try {
      exchange = await this.#load(ask)
    } catch (error) {
      if (ask.from !== 0 || !URLError.is(error) || error.code !== 'opaqueNetworkFailure') throw error
      // Chromium calls it a network failure when the answer to a range comes compressed all the same.
      ask = { ...ask, from: null }
      exchange = await this.#load(ask)
    }
    this.#head = exchange
    const refused = exchange.status < 400 ? null : refusal(exchange)
    const wish = refused && (await this.#wish(refused))
    if (refused && wish) {
      await exchange.body.cancel()
      const retryAfter = retryAfterOf(exchange, clock.now())
      return { end: 'interrupted', error: refused, retryAfter }
    }
    const verdict = judge(exchange, { ...ask, now: clock.now() })
    if (verdict.do !== 'append' && verdict.do !== 'begin') {
      await exchange.body.cancel()
      switch (verdict.do) {
        case 'restart':
          return { end: 'restart', why: verdict.why, identity: ask.entity?.filtered ?? false }
        case 'complete':
          return { end: 'filled', size: part.received }
        case 'retry':
          if (wish === false) return { end: 'fatal', error: verdict.error, keepBytes: true }
          return { end: 'interrupted', error: verdict.error, retryAfter: verdict.after }
        case 'fail':
          return { end: 'fatal', error: verdict.error, keepBytes: true }
      }
    }
    if (verdict.entity.encoded && this.#wantsPlain(verdict.entity)) {
      await exchange.body.cancel()
      return {
        end: 'restart',
        why: 'it came compressed, which can be neither checked nor resumed',
        identity: true,
      }
    }
    // What has no body may still tell the length that it would have.
    const bare = request.method === 'HEAD' || exchange.status === 304
    const answered = bare ? { ...verdict.entity, total: null } : verdict.entity
    try {
      return await this.#receive(exchange.body, answered, verdict.do === 'begin' ? 0 : this.#at, verdict.until)
    } catch (error) {
      await exchange.body.cancel()
      throw error
    }
  }

  #load(ask: Omit<Ask, 'now'>): Promise<Exchange> {
    const { loader, signal, questions, idle } = this.#tools
    // A cache that holds another version, or locks the URL, must not answer for a range.
    return loader.load(this.#input.request, {
      extraHeaders: rangeHeaders(ask),
      fresh: ask.from !== null,
      signal,
      questions,
      onPassed: (answer) => this.#tell(answer, null, true),
      onMoved: () => idle.touch(),
    })
  }

  /** Where a compressed body that ends too early looks complete, the plain one is worth another request. */
  #wantsPlain({ response, acceptsRanges }: Entity): boolean {
    const { mayAskAgain, request } = this.#input
    const plainIsPossible = request.method === 'GET' && acceptsRanges && response.status < 300
    return mayAskAgain && plainIsPossible && !this.#tools.loader.strictDecoding
  }

  /** What to ask for: the first gap, if what is there can be gone on with; else the whole. */
  #ask(entity: Entity | null): Omit<Ask, 'now'> {
    const { part } = this.#tools
    const { request, identity } = this.#input
    const stored = part.received
    // What may not be asked again has its answer in the first one, whatever it is.
    const last = this.#input.last || !isRepeatable(request.method)
    const usable = request.method === 'GET' && entity !== null && isResumable(entity) && stored > 0
    const gap = usable ? missingRanges(part.ranges, entity.total)[0] : undefined
    const base = { url: request.url, last, conditional: false, rest: this.#bytes > 0 }
    if (usable) {
      const from = gap?.[0] ?? stored
      const to = gap !== undefined && gap[1] !== Number.POSITIVE_INFINITY && gap[1] !== entity.total ? gap[1] : null
      // Cross-origin, If-Range costs a preflight that many servers refuse; the part's own validators decide there.
      const acrossOrigins = entity.filtered || this.#head?.headersFiltered === true
      return { ...base, from, to, entity, stored, conditional: !acrossOrigins }
    }
    return { ...base, from: identity && request.method === 'GET' ? 0 : null, to: null, entity: null, stored: 0 }
  }

  async #receive(
    body: BodySource,
    judged: Entity,
    offset: number,
    until: number | null,
  ): Promise<AttemptEnd | MoreToAsk> {
    let entity = judged
    const { part, idle, gate, signal } = this.#tools
    const { maximumSize } = this.#input
    this.#at = offset
    const tooLong = await this.#tooLong(entity, offset)
    if (tooLong) {
      await body.cancel()
      return tooLong
    }
    const advice = hiddenHeadersAdvice(this.#head as Exchange)
    if (advice !== null && !isResumable(entity)) this.#listener.onAdvice(advice)
    const respond = (): Promise<void> => this.#listener.onResponse(entity, offset, this.#bytes === 0)
    await (offset === 0 && part.received > 0 ? part.startOver(respond) : respond())
    idle.touch()
    for (;;) {
      if (gate.closed) {
        idle.stop()
        await gate.pass(signal)
        idle.start()
      }
      const bytes = await body.read()
      idle.touch()
      if (bytes === null) return this.#ended(entity, until)
      if (maximumSize !== null && this.#at + bytes.byteLength > maximumSize) {
        await body.cancel()
        return { end: 'fatal', error: this.#exceeds(maximumSize), keepBytes: false }
      }
      const announced = until ?? entity.total
      if (announced !== null && this.#at + bytes.byteLength > announced) {
        if (until !== null || !entity.filtered) {
          await body.cancel()
          return { end: 'restart', why: 'the server sent more bytes than it announced', identity: until === null }
        }
        entity = { ...entity, total: null, encoded: true }
        this.#listener.onEncoded()
      }
      const pending = part.write(bytes, this.#at)
      if (pending) await pending
      this.#at += bytes.byteLength
      this.#bytes += bytes.byteLength
      const behind = this.#listener.onBytes(part.received)
      if (behind) await behind
      idle.touch()
    }
  }

  /** The body ended without an error, which is not yet to say that it is complete. */
  #ended(entity: Entity, until: number | null): AttemptEnd | MoreToAsk {
    const { part } = this.#tools
    const { total } = entity
    if (part.received === total || (total === null && until === null)) return { end: 'filled', size: part.received }
    if (this.#at === until) {
      if (isResumable(entity)) return { end: 'more', entity }
      return {
        end: 'restart',
        why: 'the server gave a part, and nothing that tells whether the rest belongs to it',
        identity: false,
      }
    }
    const error = new URLError('networkConnectionLost', {
      url: this.#input.request.url,
      phase: 'body',
      why: `the body ended after ${part.received} of ${total ?? 'unknown'} bytes`,
      bytesTransferred: part.received,
    })
    return { end: 'interrupted', error, retryAfter: null }
  }

  /** Refuses what cannot fit before a byte of it is read. */
  async #tooLong(entity: Entity, offset: number): Promise<AttemptEnd | null> {
    const { maximumSize, request } = this.#input
    if (entity.total === null) return null
    if (maximumSize !== null && entity.total > maximumSize)
      return { end: 'fatal', error: this.#exceeds(maximumSize, entity.total), keepBytes: false }
    const needed = entity.total - this.#tools.part.received
    const available = await this.#tools.available()
    if (available === null || needed <= available) return null
    const error = new URLError('noSpaceLeft', {
      url: request.url,
      phase: 'storage',
      why: `${needed} bytes are to come and ${available} can be stored`,
      bytesTransferred: offset,
    })
    return { end: 'fatal', error, keepBytes: true }
  }

  #exceeds(maximumSize: number, total?: number): URLError {
    const why = `${total === undefined ? 'more than' : `${total} bytes, and`} ${maximumSize} bytes are allowed`
    return new URLError('dataLengthExceedsMaximum', { url: this.#input.request.url, phase: 'response', why })
  }

  #failed(thrown: unknown): AttemptEnd {
    const { signal, part } = this.#tools
    if (signal.aborted && !URLError.is(signal.reason)) return { end: 'aborted' }
    const raw = signal.aborted ? (signal.reason as URLError) : thrown
    const error = URLError.from(raw, 'unknown', {
      url: this.#input.request.url,
      phase: this.#head ? 'body' : 'connect',
    }).with({ bytesTransferred: part.received })
    const storage = error.code === 'noSpaceLeft' || error.phase === 'storage'
    if (storage) return { end: 'fatal', error, keepBytes: true }
    return { end: 'interrupted', error, retryAfter: null }
  }

  /** Of what failed without an answer the caller's adapters may think otherwise than the rules. */
  async #asWished(end: AttemptEnd): Promise<AttemptEnd> {
    if (!('error' in end) || end.error.status !== null || end.error.phase === 'storage') return end
    const wish = await this.#wish(end.error)
    if (wish === null) return end
    const error = end.error.with({ retryable: wish })
    return wish ? { end: 'interrupted', error, retryAfter: null } : { end: 'fatal', error, keepBytes: true }
  }

  async #wish(error: URLError): Promise<boolean | null> {
    const { questions, signal } = this.#tools
    return signal.aborted ? null : ((await questions.retry?.(error, this.#input.number)) ?? null)
  }
}

const refusal = ({ url, status }: Exchange): URLError =>
  new URLError('badServerResponse', { url, phase: 'response', status, why: `HTTP ${status}`, retryable: true })

function rangeHeaders(ask: Omit<Ask, 'now'>): [string, string][] {
  if (ask.from === null) return []
  const range: [string, string] = ['range', `bytes=${ask.from}-${ask.to === null ? '' : ask.to - 1}`]
  const validator = ask.entity === null || !ask.conditional ? null : validatorFor(ask.entity)
  return validator === null ? [range] : [range, ['if-range', validator]]
}
