/** Owns one attempt's authentication: what goes along unasked, and what is answered to each 401 and 407 (RFC 9110 §11). */
import { fieldOf } from '../../model/checks.ts'
import { normalCredential, type NormalCredential, type URLCredential } from '../../model/credential.ts'
import type { ChallengeResponse } from '../../model/protection-space.ts'
import { describeCause, URLError } from '../../model/url-error.ts'
import type { WireRequest, WireResponse } from '../../ports/transport.ts'
import type { AuthenticationRun, AuthenticatorParts, RunOptions } from './authenticator.ts'
import { basicAuthorization } from './basic.ts'
import { parseChallenges } from './challenge-parser.ts'
import type { DigestSession } from './digest-scheme.ts'
import { coverage, pathsOf, type KnownSpaces } from './known-spaces.ts'
import { bytesToHash, offersOf, type Offer } from './offers.ts'
import { Party } from './party.ts'
import { unlessAborted } from '../unless-aborted.ts'

/** More requests than this are not sent again in one attempt, whatever anybody answers. */
const MOST_ROUNDS = 10

interface Choice {
  readonly credential: NormalCredential
  readonly stored: boolean
}

export class CredentialRun implements AuthenticationRun {
  readonly #parts: AuthenticatorParts
  readonly #known: KnownSpaces
  readonly #ask: RunOptions['ask']
  readonly #proposed: NormalCredential | null
  readonly #parties = new Map<string, Party>()
  /** Every header value this run has set: others are the caller's. */
  readonly #ours = new Set<string>()
  #firstOrigin: string | null = null
  #rounds = 0

  constructor(parts: AuthenticatorParts, known: KnownSpaces, { proposed, ask }: RunOptions) {
    this.#parts = parts
    this.#known = known
    this.#ask = ask
    this.#proposed = proposed && normalCredential(proposed)
  }

  async prepare(request: WireRequest): Promise<WireRequest> {
    this.#firstOrigin ??= new URL(request.url).origin
    const headers = new Headers(request.headers)
    for (const party of this.#partiesOf(request)) {
      const name = requestHeader(party)
      const present = headers.get(name)
      if (present !== null && (!this.#ours.has(present) || isFor(party, request, present))) continue
      headers.delete(name)
      const value = await this.#unasked(party, request)
      if (value !== null) headers.set(name, this.#noted(party, request, value))
    }
    return { ...request, headers }
  }

  async answer(request: WireRequest, response: WireResponse): Promise<WireRequest | null> {
    this.#firstOrigin ??= new URL(request.url).origin
    for (const party of this.#partiesOf(request)) {
      if (isAskedBy(party, request, response)) return this.#answerTo(party, request, response)
      // A server that asks was reached through a proxy that did not mind.
      if (party.isProxy || (response.status !== 401 && response.status !== 407))
        await this.#took(party, request, response)
    }
    return null
  }

  async #answerTo(party: Party, request: WireRequest, response: WireResponse): Promise<WireRequest | null> {
    const again = replay(request, response)
    const name = requestHeader(party)
    const present = request.headers.get(name)
    if (!again || this.#rounds >= MOST_ROUNDS || (present !== null && !this.#ours.has(present))) return null
    try {
      const value = (await this.#newToken(party, again, response)) ?? (await this.#credentials(party, again, response))
      if (value === null) return null
      this.#rounds++
      const headers = new Headers(again.headers)
      headers.set(name, this.#noted(party, again, value))
      await response.body.cancel()
      return { ...again, headers }
    } catch (error) {
      await response.body.cancel()
      throw error
    }
  }

  /** The value of the header for a request nobody has refused yet; null for none. */
  async #unasked(party: Party, request: WireRequest): Promise<string | null> {
    party.sent = null
    const { bearer } = this.#parts
    const token = bearer && this.#bearerFor(party, request) ? await unlessAborted(request.signal, bearer.token()) : null
    if (token) return bearerHeader(party, token)
    const path = new URL(request.url).pathname
    const opened = party.opened && coverage(party.opened, path) > 0 ? party.opened : null
    const known = opened ?? this.#known.find(party.name, path)
    if (!known) return null
    const credential = opened ? opened.credential : await this.#stored(known.offer)
    if (!credential) return null
    const { offer, digest } = known
    // The nonce of a Digest session was given to one user, and counts his requests.
    if (digest && !sameUser(credential, known.credential)) return null
    return this.#authorization(party, request, { offer, credential, digest, unasked: true, stored: true })
  }

  /** A renewed bearer token, once, if that is what was refused or asked for. */
  async #newToken(party: Party, request: WireRequest, response: WireResponse): Promise<string | null> {
    const { bearer } = this.#parts
    if (!bearer || !this.#bearerFor(party, request) || party.renewedToken) return null
    const refused = party.sent?.kind === 'bearer' ? party.sent.token : null
    const header = response.headers.get(responseHeader(party))
    // A browser hides the header of another origin that does not expose it.
    const wanted = header === null || parseChallenges(header).some(({ scheme }) => scheme === 'bearer')
    if (refused === null && !wanted) return null
    party.renewedToken = true
    party.sent = null
    const token = await unlessAborted(request.signal, bearer.renew(refused)).catch((error: unknown) => {
      throw URLError.is(error) ? error.with({ url: request.url, status: response.status }) : error
    })
    return token === null ? null : bearerHeader(party, token)
  }

  /** The header with the next credentials for the strongest scheme that nobody has rejected; null when there are none. */
  async #credentials(party: Party, request: WireRequest, response: WireResponse): Promise<string | null> {
    const header = response.headers.get(responseHeader(party))
    const offers = offersOf(header, party.asker, party.isProxy, request.body)
    const { sent } = party
    party.sent = null
    if (sent?.kind === 'credential') {
      const same = offers.find(({ key }) => key === sent.offer.key)
      if (same && party.mayBeStale(sent, same))
        return this.#authorization(party, request, { ...sent, offer: same, digest: null, unasked: false })
      party.refuse(sent.offer, sent.credential)
      party.opened = null
      this.#known.forget(party.name, sent.offer.key)
    }
    for (const offer of offers) {
      if (party.hasRejected(offer)) continue
      const choice = await this.#choose(party, offer, request, response)
      if (choice !== 'reject')
        return choice && this.#authorization(party, request, { offer, ...choice, digest: null, unasked: false })
      party.reject(offer)
    }
    return null
  }

  /** What to answer to one offer: what is at hand and was not refused yet, or what somebody says who is asked. */
  async #choose(
    party: Party,
    offer: Offer,
    request: WireRequest,
    response: WireResponse,
  ): Promise<Choice | 'reject' | null> {
    const stillGood = (one: NormalCredential | null): boolean => one !== null && !party.hasRefused(offer, one)
    const given = party.name === this.#firstOrigin ? this.#proposed : null
    const stored = stillGood(given) ? null : await this.#stored(offer)
    if (stored && stillGood(stored)) return { credential: stored, stored: true }
    const proposed = stored ?? given
    const disposition =
      (await unlessAborted(
        request.signal,
        this.#ask?.({
          protectionSpace: offer.space,
          proposedCredential: proposed,
          previousFailureCount: party.failuresIn(offer),
          failureResponse: headOf(request, response),
          error: null,
        }),
      )) ?? 'default'
    if (disposition === 'default')
      return proposed && stillGood(proposed) ? { credential: proposed, stored: false } : null
    if (disposition === 'reject') return 'reject'
    if (disposition === 'cancel')
      throw new URLError('cancelled', { url: request.url, phase: 'response', why: 'its challenge was cancelled' })
    return answered(disposition, request)
  }

  async #authorization(party: Party, request: WireRequest, next: Attempt): Promise<string> {
    const { challenge } = next.offer
    if (challenge.scheme === 'basic') {
      party.sent = { kind: 'credential', ...next }
      return basicAuthorization(next.credential, request.url)
    }
    const digest = next.digest ?? (await this.#beginDigest(next))
    const body = await bytesToHash(challenge, party.tunnels ? null : request.body)
    party.sent = { kind: 'credential', ...next, digest }
    return digest.authorize({ ...targetOf(party, request), body })
  }

  async #beginDigest({ offer, credential }: Attempt): Promise<DigestSession> {
    const scheme = await this.#parts.loadDigest()
    return scheme.begin({ challenge: offer.challenge, credential, nonce: () => this.#parts.chance.uid() })
  }

  /** The credentials went through: they are kept as they say, and the next request there takes them along. */
  async #took(party: Party, request: WireRequest, response: WireResponse): Promise<void> {
    const { sent } = party
    // A server in trouble may not have looked at them.
    if (sent?.kind !== 'credential' || response.status >= 500) return
    const { offer, credential, digest, stored } = sent
    const info = response.headers.get(party.isProxy ? 'proxy-authentication-info' : 'authentication-info')
    if (info !== null) digest?.took(info)
    party.opened = { offer, credential, digest, paths: pathsOf(offer, request.url) }
    const { storage } = this.#parts
    if (!storage || credential.persistence === 'none') return
    this.#known.learn(party.name, party.opened)
    if (stored) return
    party.sent = { ...sent, stored: true }
    const before = await this.#stored(offer)
    const replaces = before !== null && party.hasRefused(offer, before)
    // A storage that fails costs a question more next time, but not this response.
    await (replaces ? storage.setDefault(credential, offer.space) : storage.set(credential, offer.space)).catch(
      () => {},
    )
  }

  async #stored({ space }: Offer): Promise<NormalCredential | null> {
    const found = await this.#parts.storage?.defaultCredential(space).catch(() => null)
    return found ? normalCredential(found) : null
  }

  #bearerFor(party: Party, { url }: WireRequest): boolean {
    return !party.isProxy && this.#parts.bearer?.covers(url) === true
  }

  #noted(party: Party, request: WireRequest, value: string): string {
    this.#ours.add(value)
    party.header = { value, request: identityOf(request) }
    return value
  }

  /** Whoever may ask about this request: the proxy, if it sees it, then the server. */
  #partiesOf({ url }: WireRequest): Party[] {
    const asker = this.#parts.proxyFor?.(url) ?? null
    const proxy = asker === null ? null : this.#party(asker, true)
    if (proxy && url.startsWith('https:')) proxy.tunnels = true
    return [...(proxy ? [proxy] : []), this.#party(url, false)]
  }

  #party(asker: string, isProxy: boolean): Party {
    const fresh = new Party(asker, isProxy)
    const party = this.#parties.get(fresh.name) ?? fresh
    this.#parties.set(party.name, party)
    return party
  }
}

interface Attempt {
  readonly offer: Offer
  readonly credential: NormalCredential
  /** Null to begin with the offer's nonce. */
  readonly digest: DigestSession | null
  readonly unasked: boolean
  readonly stored: boolean
}

/** @throws {URLError} `delegateFailed` for an answer that is none. */
function answered(disposition: unknown, { url }: WireRequest): Choice | null {
  try {
    const use = fieldOf(disposition, 'use')
    if (use === undefined)
      throw new TypeError('it was answered by something else than { use }, "default", "cancel" or "reject"')
    return use === null ? null : { credential: normalCredential(use as URLCredential), stored: false }
  } catch (cause) {
    const why = `didReceiveChallenge: ${describeCause(cause) ?? ''}`
    throw new URLError('delegateFailed', { url, phase: 'response', why, cause })
  }
}

/**
 * The request as it can be sent once more; null when it cannot: its body was a stream, or a browser followed redirects to a
 * place that the request itself must not be sent to.
 */
function replay(request: WireRequest, { redirected, url }: WireResponse): WireRequest | null {
  if (request.body instanceof ReadableStream) return null
  if (!redirected || url === request.url) return request
  const same = new URL(url).origin === new URL(request.url).origin
  return same && (request.method === 'GET' || request.method === 'HEAD') ? { ...request, url } : null
}

function bearerHeader(party: Party, token: string): string {
  party.sent = { kind: 'bearer', token }
  return `Bearer ${token}`
}

const requestHeader = ({ isProxy }: Party): string => (isProxy ? 'proxy-authorization' : 'authorization')
const responseHeader = ({ isProxy }: Party): string => (isProxy ? 'proxy-authenticate' : 'www-authenticate')

/** True for what `answer` has just made, or a repetition of it. */
const isFor = ({ header }: Party, request: WireRequest, value: string): boolean =>
  header?.value === value && header.request === identityOf(request)

const identityOf = ({ method, url }: WireRequest): string => `${method} ${url}`

const sameUser = (left: NormalCredential, right: NormalCredential): boolean =>
  left.user === right.user && left.password === right.password

/** What stands in the request line: a proxy is told the whole address, or where to connect to. */
function targetOf({ isProxy, tunnels }: Party, { method, url }: WireRequest): { method: string; uri: string } {
  const { origin, protocol, hostname, port, pathname, search } = new URL(url)
  if (tunnels) return { method: 'CONNECT', uri: `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}` }
  return { method, uri: `${isProxy ? origin : ''}${pathname}${search}` }
}

/** Whether it is this one who wants credentials. What came from a host over a connection that a proxy made is never the proxy's. */
function isAskedBy(party: Party, { url }: WireRequest, response: WireResponse): boolean {
  if (response.status !== (party.isProxy ? 407 : 401)) return false
  if (!party.isProxy) return true
  const isOfTunnel = response.url === party.asker
  if (isOfTunnel) party.tunnels = true
  return isOfTunnel || url.startsWith('http:')
}

const headOf = (request: WireRequest, { status, url, headers }: WireResponse): ChallengeResponse => ({
  status,
  url: url === '' ? request.url : url,
  headers: [...headers],
})
