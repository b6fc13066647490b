/**
 * One attempt's way down: session headers → transport security → redirects → transport. Everything
 * that is true for each single request is decided here; retrying and waiting are the task's business.
 */
import type { Settings } from '../model/configuration.ts'
import type { NormalRequest } from '../model/request.ts'
import { URLError } from '../model/url-error.ts'
import type { Transport, WireRequest, WireResponse } from '../ports/transport.ts'
import { assertSecure } from './transport-security.ts'

export interface Exchange extends WireResponse {
  /** Redirects that were followed and could be seen. */
  readonly redirectCount: number
}

export interface LoadOptions {
  /** Added last: Range and If-Range. */
  readonly extraHeaders?: readonly (readonly [string, string])[]
  /** Bypasses every cache. */
  readonly fresh?: boolean
  readonly signal: AbortSignal
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
  async load(request: NormalRequest, options: LoadOptions): Promise<Exchange> {
    let wire = this.#wireRequest(request, options)
    for (let redirectCount = 0; ; redirectCount++) {
      assertSecure(wire.url, this.#settings.transportSecurity)
      const response = await this.#transport.send(wire)
      const next = await this.#followed(wire, response)
      if (!next) return { ...response, redirectCount }
      await response.body.cancel()
      if (redirectCount === MAXIMUM_REDIRECTS)
        throw new URLError('httpTooManyRedirects', { url: next.url, phase: 'response' })
      wire = next
    }
  }

  #wireRequest(request: NormalRequest, options: LoadOptions): WireRequest {
    const headers = new Headers([...request.headers.map(([name, value]): [string, string] => [name, value])])
    for (const [name, value] of this.#settings.headers) if (!headers.has(name)) headers.append(name, value)
    for (const [name, value] of options.extraHeaders ?? []) headers.set(name, value)
    const { redirect } = this.#settings
    return {
      url: request.url,
      method: request.method,
      headers,
      body: request.body,
      redirect: this.#nextHop ? 'manual' : redirect === 'refuse' ? 'error' : 'follow',
      credentials: request.credentials ?? this.#settings.credentials,
      cache: options.fresh ? 'no-store' : request.cachePolicy,
      signal: options.signal,
    }
  }

  /** The request that a redirect asks for; null when the response is the final one. */
  async #followed(wire: WireRequest, response: WireResponse): Promise<WireRequest | null> {
    const policy = this.#settings.redirect
    if (!this.#nextHop) {
      if (response.redirected) assertSecure(response.url, this.#settings.transportSecurity)
      if (policy === 'same-origin' && response.redirected) await refuseForeign(wire, response, response.url)
      return null
    }
    const next = this.#nextHop?.(wire, response) ?? null
    if (!next) return null
    if (policy === 'refuse') await refuse(wire, response, 'this session refuses redirects')
    if (policy === 'same-origin') await refuseForeign(wire, response, next.url)
    return next
  }
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
