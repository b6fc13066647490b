/**
 * Sends one request of an upload and reads its answer: adds what the task's request has and the origin may know, counts the bytes that
 * leave, and notes what it cost.
 */
import type { Exchange, Loader, LoadQuestions } from '../../loading/loader.ts'
import type { IdleTimer } from '../../loading/idle-timer.ts'
import { retryAfterOf } from '../../loading/retry.ts'
import { passed, type TransactionLog } from '../../loading/transaction-log.ts'
import type { Settings } from '../../model/configuration.ts'
import type { NormalRequest } from '../../model/request.ts'
import type { UploadAnswer, UploadRequest } from '../../model/upload-protocol.ts'
import { URLError } from '../../model/url-error.ts'
import type { Clock } from '../../ports/clock.ts'
import type { BodySource, WireRequest } from '../../ports/transport.ts'
import type { GrowingFile } from './growing-file.ts'

/** Answers to uploads are short; what is longer is not kept in memory for it. */
const LONGEST_ANSWER = 16 << 20

export interface SenderParts {
  /** With its credential headers. */
  readonly request: NormalRequest
  readonly file: Blob | GrowingFile
  readonly loader: Loader
  readonly questions: LoadQuestions
  readonly settings: Settings
  readonly clock: Clock
  readonly idle: IdleTimer
  readonly log: TransactionLog
  readonly signal: AbortSignal
  /** Bytes of the file that are on their way, in all requests together. */
  onSending(bytes: number): void
}

export class UploadSender {
  /** What the last refusal asked for, in milliseconds. */
  retryAfter: number | null = null
  readonly #parts: SenderParts
  readonly #onTheWay = new Map<object, number>()

  constructor(parts: SenderParts) {
    this.#parts = parts
  }

  /** Bytes of the file that have left and are not yet answered for. */
  get onTheWay(): number {
    return [...this.#onTheWay.values()].reduce((sum, one) => sum + one, 0)
  }

  /** @throws {URLError} */
  async send(
    given: UploadRequest,
    onInformational?: (status: number, headers: Headers) => void,
  ): Promise<UploadAnswer> {
    const { loader, clock, log, signal, request, idle } = this.#parts
    signal.throwIfAborted()
    const url = new URL(given.url, request.url).href
    let start = clock.now()
    const [from, to] = given.range ?? [0, 0]
    let exchange: Exchange | null = null
    let failure: URLError | null = null
    const headers = this.#headers(given, url)
    try {
      exchange = await loader.load(
        { ...request, url, method: given.method, headers, body: await this.#body(given, headers) },
        {
          fresh: true,
          signal,
          questions: this.#questions(given, url, onInformational),
          onPassed(response) {
            const now = clock.now()
            log.add(passed(start, now, response), true)
            start = now
          },
          onMoved: () => idle.touch(),
        },
      )
      const body = await this.#read(exchange.body, url)
      const { status, statusText } = exchange
      this.retryAfter = status < 400 ? null : retryAfterOf(exchange, clock.now())
      return { url: exchange.url, status, statusText, headers: exchange.headers, body }
    } catch (thrown) {
      failure = URLError.from(signal.aborted ? signal.reason : thrown, 'unknown', { url })
      throw signal.aborted && !URLError.is(signal.reason) ? signal.reason : failure
    } finally {
      this.#sending(given, null)
      log.add({
        start,
        end: clock.now(),
        url: exchange?.url ?? url,
        status: exchange?.status ?? null,
        from,
        bytes: to - from,
        redirectCount: exchange?.redirectCount ?? 0,
        timings: exchange?.timings?.()() ?? null,
        error: failure?.code ?? null,
      })
    }
  }

  async #body({ range, body }: UploadRequest, headers: readonly [string, string][]): Promise<BodyInit | null> {
    const { file } = this.#parts
    if (!range) return body === undefined || body.length === 0 ? null : body
    if (range[0] === range[1]) return null
    // Chromium reads a File that is sent as it is far faster than a slice. Its own type must not be sent where none is wanted.
    const isWhole = file instanceof Blob && range[0] === 0 && range[1] === file.size
    if (isWhole && (file.type === '' || headers.some(([name]) => name === 'content-type'))) return file
    return file.slice(...range)
  }

  /** The protocol's own first. The task's go to the origin it was sent to and to no other. */
  #headers(given: UploadRequest, url: string): [string, string][] {
    const { request } = this.#parts
    const own = Object.entries(given.headers ?? {}).map(([name, value]): [string, string] => [
      name.toLowerCase(),
      value,
    ])
    if (this.#bare(given, url)) return own
    const named = new Set(own.map(([name]) => name))
    // What speaks of the body speaks of the file, which not every request carries. A key would make one of several requests.
    const ofOne = (name: string): boolean => name.startsWith('content-') || name === 'idempotency-key'
    const more = request.headers.filter(([name]) => !named.has(name) && !ofOne(name))
    return [...own, ...more.map(([name, value]): [string, string] => [name, value])]
  }

  /** True where it has the protocol's own headers and no others. */
  #bare({ exact }: UploadRequest, url: string): boolean {
    return exact === true || new URL(url).origin !== new URL(this.#parts.request.url).origin
  }

  #questions(
    given: UploadRequest,
    url: string,
    onInformational?: (status: number, headers: Headers) => void,
  ): LoadQuestions {
    const { questions, settings, idle } = this.#parts
    const own = new Set(Object.keys(given.headers ?? {}).map((name) => name.toLowerCase()))
    const withheld = this.#bare(given, url) ? settings.headers.filter(([name]) => !own.has(name)) : []
    const onSent = (bytes = 0): void => {
      idle.touch()
      this.#sending(given, bytes)
    }
    return {
      ...questions,
      prepare: async (wire): Promise<WireRequest> => {
        const headers = new Headers(wire.headers)
        // The session's headers may hold a secret of the origin that it was made for.
        for (const [name] of withheld) headers.delete(name)
        const prepared = (await questions.prepare?.({ ...wire, headers })) ?? { ...wire, headers }
        return { ...prepared, onSent, ...(onInformational && { onInformational }) }
      },
    }
  }

  /** @param bytes Null once it is over: what arrived is counted by whoever knows. */
  #sending(request: UploadRequest, bytes: number | null): void {
    if (!request.range) return
    if (bytes === null) this.#onTheWay.delete(request)
    else this.#onTheWay.set(request, Math.min(bytes, request.range[1] - request.range[0]))
    if (bytes !== null) this.#parts.onSending(this.onTheWay)
  }

  async #read(source: BodySource, url: string): Promise<Uint8Array<ArrayBuffer>> {
    const chunks: Uint8Array<ArrayBuffer>[] = []
    let size = 0
    for (let chunk = await source.read(); chunk; chunk = await source.read()) {
      this.#parts.idle.touch()
      size += chunk.byteLength
      if (size > LONGEST_ANSWER) {
        await source.cancel()
        const why = `the answer to an upload may have ${LONGEST_ANSWER} bytes`
        throw new URLError('dataLengthExceedsMaximum', { url, phase: 'body', why })
      }
      chunks.push(chunk.slice())
    }
    // Most have none or one, and a Blob is a way to another process and back.
    if (chunks.length < 2) return chunks[0] ?? new Uint8Array()
    return new Uint8Array(await new Blob(chunks).arrayBuffer())
  }
}
