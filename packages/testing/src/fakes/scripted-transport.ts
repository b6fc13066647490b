/**
 * Owns: a transport without a network: requests wait for the test's hand, or for a standing answer.
 * Why: what the engine asks for, in what order and with which headers, is the thing to be tested; so the test sees each
 * request before it answers. It is also strict: bytes given out are spoiled at the next read, as the port allows.
 */
import { ScriptedBody, type BodyOptions } from './scripted-body.ts'
import { type Transport, URLError, type URLErrorCode, type WireRequest, type WireResponse } from './ports.ts'
import { settle } from './turns.ts'

/** An answer's head. */
export interface AnswerHead {
  /** Default 200. */
  status?: number
  statusText?: string
  headers?: Record<string, string>
  /** The URL that answered. Default: the request's. */
  url?: string
  /** Default: whether `url` differs from the request's. */
  redirected?: boolean
  /** Default false. */
  headersFiltered?: boolean
}

/** A whole answer, for standing answers. */
export interface ScriptedAnswer extends AnswerHead {
  /** The body at once. Default: empty. */
  body?: string | Uint8Array
  /** Or a body that is computed: `size` bytes in pieces. */
  content?: BodyOptions
}

/** A request that waits for its answer. */
export class PendingRequest {
  readonly request: WireRequest
  readonly #answer: (response: WireResponse) => void
  readonly #refuse: (error: unknown) => void
  #settled = false

  constructor(request: WireRequest, answer: (response: WireResponse) => void, refuse: (error: unknown) => void) {
    this.request = request
    this.#answer = answer
    this.#refuse = refuse
    const abort = (): void => this.#end(() => refuse(request.signal.reason))
    if (request.signal.aborted) abort()
    else request.signal.addEventListener('abort', abort, { once: true })
  }

  get url(): string {
    return this.request.url
  }

  /** The Range header, or null. */
  get range(): string | null {
    return this.request.headers.get('range')
  }

  /** True once it was answered, failed or aborted. */
  get settled(): boolean {
    return this.#settled
  }

  /** Sends the head; the body is the test's to feed. */
  respond(head: AnswerHead = {}): ScriptedBody {
    const body = new ScriptedBody(this.request.signal)
    this.#send(head, body)
    return body
  }

  /** Sends head and body. */
  answer({ body, content, ...head }: ScriptedAnswer): void {
    const scripted = new ScriptedBody(this.request.signal, content)
    if (body !== undefined) scripted.push(typeof body === 'string' ? new TextEncoder().encode(body) : body)
    if (!content) scripted.end()
    this.#send(head, scripted)
  }

  /** Fails as a transport fails. */
  fail(error: URLErrorCode | Error): void {
    const failure = typeof error === 'string' ? new URLError(error, { url: this.url, phase: 'connect' }) : error
    this.#end(() => this.#refuse(failure))
  }

  #send(head: AnswerHead, body: ScriptedBody): void {
    const url = head.url ?? this.url
    this.#end(() =>
      this.#answer({
        status: head.status ?? 200,
        statusText: head.statusText ?? '',
        url,
        redirected: head.redirected ?? url !== this.url,
        headers: new Headers(head.headers),
        headersFiltered: head.headersFiltered ?? false,
        body,
      }),
    )
  }

  #end(how: () => void): void {
    if (this.#settled) return
    this.#settled = true
    how()
  }
}

/** Answers requests by itself; null leaves the request to the test. */
export type StandingAnswer = (request: WireRequest, index: number) => ScriptedAnswer | Error | null

/** The transport. */
export class ScriptedTransport implements Transport {
  readonly redirects: 'each-hop' | 'final-only'
  readonly strictDecoding: boolean
  readonly tellsSent: boolean
  /** Every request ever sent. */
  readonly sent: WireRequest[] = []
  readonly #waiting: PendingRequest[] = []
  readonly #takers: ((request: PendingRequest) => void)[] = []
  #standing: StandingAnswer | null = null

  /** A transport as Node's is; `redirects: 'final-only'` makes it one as browsers have. */
  constructor({ redirects = 'each-hop' }: { redirects?: 'each-hop' | 'final-only' } = {}) {
    this.redirects = redirects
    this.strictDecoding = redirects === 'each-hop'
    this.tellsSent = redirects === 'each-hop'
  }

  send(request: WireRequest): Promise<WireResponse> {
    return new Promise((resolve, reject) => {
      const index = this.sent.push(request) - 1
      const pending = new PendingRequest(request, resolve, reject)
      if (pending.settled) return
      const answer = this.#standing?.(request, index) ?? null
      if (answer instanceof Error) return pending.fail(answer)
      if (answer) return pending.answer(answer)
      const taker = this.#takers.shift()
      if (taker) taker(pending)
      else this.#waiting.push(pending)
    })
  }

  /** Answers whatever comes from now on; null ends that. */
  answerWith(standing: StandingAnswer | null): this {
    this.#standing = standing
    return this
  }

  /** The next request nobody took yet; waits for it if need be. */
  next(): Promise<PendingRequest> {
    const waiting = this.#live().shift()
    if (waiting) {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      return Promise.resolve(waiting)
    }
    return new Promise((resolve) => this.#takers.push(resolve))
  }

  /** Requests sent that nobody took and nobody aborted. */
  get waiting(): number {
    return this.#live().length
  }

  /** Throws when a request is waiting, after everything due has happened. */
  async expectQuiet(): Promise<void> {
    await settle()
    const [first] = this.#live()
    if (first)
      throw new Error(`no request was expected; there is ${first.request.method} ${first.url} ${first.range ?? ''}`)
  }

  #live(): PendingRequest[] {
    return this.#waiting.filter((pending) => !pending.settled)
  }
}
