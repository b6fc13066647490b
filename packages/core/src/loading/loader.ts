/**
 * One attempt's way down: session headers → transport security → redirects → transport. Everything
 * that is true for each single request is decided here; retrying and waiting are the task's business.
 */
import type { Settings } from '../model/configuration.ts'
import type { DataRequest } from '../model/request.ts'
import { URLError } from '../model/url-error.ts'
import type { Transport, WireRequest, WireResponse } from '../ports/transport.ts'
import { assertSecure } from './transport-security.ts'
import { unlessAborted } from './unless-aborted.ts'

export interface Exchange extends WireResponse {
  /** Redirects that were followed; where the platform shows no hops, 1 for any number of them. */
  readonly redirectCount: number
}

/** A request whose body can be handed to the platform as it is. */
export interface LoadRequest extends Omit<DataRequest, 'body'> {
  readonly body: BodyInit | null
}

/** Who has a say between a request and the wire. Each is asked only where somebody wants to be, and may never answer: the signal ends that wait. */
export interface LoadQuestions {
  /** Once an attempt, before anything is sent: adapters. */
  adapt?(request: WireRequest): WireRequest | Promise<WireRequest>
  /** Before each request on the wire: credentials that are known to be wanted. */
  prepare?(request: WireRequest): WireRequest | Promise<WireRequest>
  /** In the place of the network, or null where it is to be asked. */
  load?(request: WireRequest): Promise<WireResponse | null>
  /** After an answer: the request that a challenge calls for, or null where the answer stands. */
  answer?(request: WireRequest, response: WireResponse): Promise<WireRequest | null> | null
  /** Where hops are shown: what a redirect becomes; null makes the 3xx the answer. */
  redirect?(response: WireResponse, next: WireRequest): WireRequest | null | Promise<WireRequest | null>
  /** After an attempt that failed: yes, no, or null where nobody cares. */
  retry?(error: URLError, attempt: number): Promise<boolean | null>
}

export interface LoadOptions {
  /** Added last: Range and If-Range. */
  readonly extraHeaders?: readonly (readonly [string, string])[]
  /** Bypasses every cache. */
  readonly fresh?: boolean
  readonly signal: AbortSignal
  readonly questions?: LoadQuestions
  /** Told of each answer that is not the last: a redirect that is followed, a challenge that is answered. */
  readonly onPassed?: (response: Exchange) => void
  /** A request leaves for this address, or its answer is here: at every hop, and as often as it is sent. */
  readonly onMoved?: (url: string) => void
}

/** The rules of redirects.ts, given where the platform shows hops: a browser's worker need not carry them. */
export type HopRules = (request: WireRequest, response: WireResponse) => WireRequest | null

const MAXIMUM_REDIRECTS = 20

export class Loader {
  readonly #transport: Transport
  readonly #settings: Settings
  readonly #nextHop: HopRules | null

  constructor(transport: Transport, settings: Settings, nextHop: HopRules | null) {
    this.#transport = transport
    this.#settings = settings
    this.#nextHop = nextHop
  }

  /** See {@link Transport.strictDecoding}. */
  get strictDecoding(): boolean {
    return this.#transport.strictDecoding
  }

  /**
   * Sends the request and answers with the head of the final response; its body is not read.
   * @throws {URLError} what the transport throws, `appTransportSecurityRequiresSecureConnection`,
   *   `httpTooManyRedirects`, `badServerResponse` for a redirect that the policy refuses.
   */
  async load(request: LoadRequest, options: LoadOptions): Promise<Exchange> {
    const { questions = {}, signal } = options
    let wire = this.#wireRequest(request, options)
    if (questions.adapt) wire = await said(signal, questions.adapt(wire))
    for (let redirectCount = 0; ; redirectCount++) {
      const [sent, response] = await this.#challenged(wire, options)
      const final = request.redirect !== undefined || (!this.#nextHop && !response.redirected)
      const next = final ? null : await this.#followed(sent, response, options)
      if (!next) return redirectCount > 0 ? Object.assign(response, { redirectCount }) : response
      options.onPassed?.(response)
      await said(signal, response.body.cancel())
      if (redirectCount === MAXIMUM_REDIRECTS)
        throw new URLError('httpTooManyRedirects', { url: next.url, phase: 'response' })
      assertReplayable(next)
      wire = next
    }
  }

  /** One hop, asked as often as its server's challenges call for. */
  async #challenged(request: WireRequest, options: LoadOptions): Promise<[WireRequest, Exchange]> {
    const { questions = {}, signal, onPassed, onMoved } = options
    let wire = request
    for (;;) {
      assertSecure(wire.url, this.#settings.transportSecurity)
      const prepared = questions.prepare ? await said(signal, questions.prepare(wire)) : wire
      const challenged: WireRequest['challenged'] = (asks) => said(signal, questions.answer?.(prepared, asks) ?? null)
      onMoved?.(prepared.url)
      const loaded = questions.load ? await said(signal, questions.load(prepared)) : null
      const answer = loaded ?? (await this.#transport.send({ ...prepared, challenged }))
      const response = Object.assign(answer, { redirectCount: Number(answer.redirected) })
      onMoved?.(prepared.url)
      const asked = challenged(response)
      const again = asked && (await asked)
      if (!again) return [wire, response]
      onPassed?.(response)
      await said(signal, response.body.cancel())
      assertReplayable(again)
      wire = again
    }
  }

  #wireRequest(request: LoadRequest, options: LoadOptions): WireRequest {
    const headers = new Headers([...request.headers.map(([name, value]): [string, string] => [name, value])])
    for (const [name, value] of this.#settings.headers) if (!headers.has(name)) headers.append(name, value)
    for (const [name, value] of options.extraHeaders ?? []) headers.set(name, value)
    const { redirect } = this.#settings
    return {
      url: request.url,
      method: request.method,
      headers,
      body: request.body,
      redirect: request.redirect ?? (this.#nextHop ? 'manual' : redirect === 'refuse' ? 'error' : 'follow'),
      credentials: request.credentials ?? this.#settings.credentials,
      cache: options.fresh ? 'no-store' : request.cachePolicy,
      signal: options.signal,
      mainDocument: request.url,
      ...(request.init ? { init: request.init } : {}),
    }
  }

  /** The request that a redirect asks for; null when the response is the final one. Not asked where no hop is shown, and none was followed. */
  async #followed(
    wire: WireRequest,
    response: WireResponse,
    { questions, signal }: LoadOptions,
  ): Promise<WireRequest | null> {
    const policy = this.#settings.redirect
    if (!this.#nextHop) {
      assertSecure(response.url, this.#settings.transportSecurity)
      if (policy === 'same-origin') await refuseForeign(wire, response, response.url)
      return null
    }
    const next = this.#nextHop(wire, response)
    if (!next) return null
    if (policy === 'refuse') await refuse(wire, response, 'this session refuses redirects')
    if (policy === 'same-origin') await refuseForeign(wire, response, next.url)
    return questions?.redirect ? said(signal, questions.redirect(response, next)) : next
  }
}

/** What somebody answered; most do at once. @throws the signal's reason as soon as it fires. */
const said = <T>(signal: AbortSignal, answer: T | Promise<T>): T | Promise<T> =>
  answer instanceof Promise ? unlessAborted(signal, answer) : answer

/** @throws {URLError} `requestBodyStreamExhausted` for a stream, which was sent and is gone. */
function assertReplayable({ url, body }: WireRequest): void {
  if (body instanceof ReadableStream) throw new URLError('requestBodyStreamExhausted', { url, phase: 'response' })
}

async function refuseForeign(wire: WireRequest, response: WireResponse, target: string): Promise<void> {
  if (new URL(target).origin !== new URL(wire.url).origin)
    await refuse(wire, response, 'this session refuses redirects to another origin')
}

async function refuse(wire: WireRequest, response: WireResponse, why: string): Promise<never> {
  await response.body.cancel()
  throw new URLError('badServerResponse', {
    url: wire.url,
    phase: 'response',
    why,
    status: response.status,
    retryable: false,
  })
}
