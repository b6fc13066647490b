/**
 * One task's requests, answered from the cache or by the network, whose answer is gathered for the cache while the task reads it. A
 * request past the cache is made past the platform's own too, so that nothing is kept twice.
 */
import { named } from '../../model/named-response.ts'
import type { CachePolicy } from '../../model/request.ts'
import { URLResponse } from '../../model/response.ts'
import { cacheKey, type CachedURLResponse, type ResponseCache, type StoredHead } from '../../model/url-cache.ts'
import { URLError } from '../../model/url-error.ts'
import type { Transport, WireRequest, WireResponse } from '../../ports/transport.ts'
import { responseRecord } from '../response-record.ts'
import type { CacheParts } from './cache-parts.ts'
import { Draft } from './draft.ts'
import {
  ageOf,
  confirmed,
  dependence,
  directivesOf,
  judged,
  keptHeaders,
  matches,
  outlastsErrors,
  validators,
} from './freshness.ts'

/** Nothing: as proposed. Null: it is not kept. */
export type AskToCache = (proposed: CachedURLResponse) => Promise<CachedURLResponse | null | void>

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
/** With one of these the caller has a cache of his own, and sees what the server says. */
const CONDITIONS = ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since']

export class CacheRun {
  readonly #parts: CacheParts
  /** The answer that is being read, where it may be kept. */
  #draft: Draft | null = null

  constructor(parts: CacheParts) {
    this.#parts = parts
  }

  /** @throws {URLError} `resourceUnavailable` for `'only-if-cached'` where nothing is there; what the transport throws. */
  async send(wire: WireRequest, transport: Transport): Promise<WireResponse> {
    const { url, method, headers, init } = wire
    const policy: CachePolicy = init?.cache ?? wire.cache
    const isHTTP = /^https?:/.test(url)
    const { cache } = this.#parts
    // What is left of a body that broke off goes on with the draft that was begun.
    if (headers.has('range')) return transport.send(past(wire))
    this.#draft = null
    if (!isHTTP || this.#parts.isAccepted(wire)) return transport.send(wire)
    const onlyStored = policy === 'only-if-cached' || directivesOf(headers).has('only-if-cached')
    // The platform judges what it alone can: integrity, and answers that nobody may look into.
    const isPlain = !init?.integrity && (init?.mode === undefined || init.mode === 'cors')
    if (!cache || !isPlain) {
      if (onlyStored) throw missing(url)
      return transport.send(wire)
    }
    if (!SAFE.has(method)) return this.#changed(cache, wire, transport)
    const looks = policy !== 'no-store' && policy !== 'reload' && !CONDITIONS.some((name) => headers.has(name))
    const found = looks && method !== 'OPTIONS' ? await this.#match(cache, wire) : null
    const verdict = found && this.#verdict(found, wire, policy)
    const body = found && verdict !== 'ask' ? await bodyOf(cache, found, method) : null
    if (found && body) {
      if (verdict === 'renew') void this.#renew(cache, found, wire, transport)
      return this.#stored(found, body, 'stored')
    }
    if (onlyStored) throw missing(url)
    if (method !== 'GET' || policy === 'no-store') return transport.send(past(wire))
    return this.#fetched(cache, wire, found, transport)
  }

  collect(bytes: Uint8Array): void {
    if (this.#draft?.add(bytes) === false) this.#draft = null
  }

  async finish(ask: AskToCache | null): Promise<void> {
    const draft = this.#draft
    this.#draft = null
    if (draft?.isWhole) await this.#keep(draft, ask)
  }

  async #keep(draft: Draft, ask: AskToCache | null): Promise<void> {
    const data = draft.data()
    const { head } = draft
    let { storagePolicy, userInfo }: Pick<CachedURLResponse, 'storagePolicy' | 'userInfo'> = head
    if (ask) {
      const response = new URLResponse(named(head.response))
      const answer = await ask({ response, data: data.slice(), storagePolicy, userInfo })
      if (answer === null) return
      if (answer) ({ storagePolicy, userInfo } = answer)
    }
    if (storagePolicy === 'notAllowed') return
    const policy = this.#parts.memoryOnly ? 'inMemoryOnly' : storagePolicy
    const kept = this.#parts.cache?.keep({ ...head, length: data.byteLength, storagePolicy: policy, userInfo }, data)
    await this.#inTime(kept)
  }

  /** A disk may never answer: whoever has his answer goes without. */
  #inTime(work: Promise<void> | undefined): Promise<void> {
    const { clock, patience } = this.#parts
    return new Promise((resolve, reject) => {
      const cancel = clock.after(patience, resolve, { keepAlive: false })
      void Promise.resolve(work).then(resolve, reject).finally(cancel)
    })
  }

  #verdict(found: StoredHead, { headers }: WireRequest, policy: CachePolicy): ReturnType<typeof judged> {
    if (policy === 'force-cache' || policy === 'only-if-cached') return 'use'
    return policy === 'no-cache' ? 'ask' : judged(found, headers, this.#parts.clock.now())
  }

  async #match(cache: ResponseCache, wire: WireRequest): Promise<StoredHead | null> {
    const heads = await cache.find(this.#keyOf(wire), this.#parts.memoryOnly)
    return heads.find((head) => matches(head, wire.headers)) ?? null
  }

  /** From the network, on condition that it is not what is there. */
  async #fetched(
    cache: ResponseCache,
    wire: WireRequest,
    found: StoredHead | null,
    transport: Transport,
  ): Promise<WireResponse> {
    const { clock } = this.#parts
    // First, since a confirmation of what is gone by then would be of no use.
    const body = found && (await cache.body(found))
    const conditions = found && body ? validators(found) : []
    const requested = clock.now()
    const rescue = (): WireResponse | null =>
      found && body && outlastsErrors(found, clock.now()) ? this.#stored(found, body, 'stored') : null
    let response: WireResponse
    try {
      response = await this.#asked(past(wire), conditions, transport)
    } catch (error) {
      const rescued = wire.signal.aborted ? null : rescue()
      if (rescued) return rescued
      throw error
    }
    if (found && body && conditions.length > 0 && response.status === 304) {
      await response.body.cancel()
      const head = confirmed(found, response.headers, requested, clock.now())
      await cache.confirm(head)
      const { timings } = response
      return { ...this.#stored(head, body, 'revalidated'), ...(timings && { timings }) }
    }
    const rescued = response.status >= 500 ? rescue() : null
    if (rescued) {
      await response.body.cancel()
      return rescued
    }
    const { status } = response
    // A challenge is about who asks, and a failure about the server: neither says that it does not hold any more.
    if (found && status < 500 && status !== 401 && status !== 407) await cache.drop([found])
    this.#draft = this.#begun(cache, wire, response, requested)
    return response
  }

  #begun(cache: ResponseCache, wire: WireRequest, response: WireResponse, requested: number): Draft | null {
    const { clock, memoryOnly, uid } = this.#parts
    const depends = dependence(wire, response)
    if (!depends) return null
    const head: StoredHead = {
      version: 1,
      id: uid(),
      key: this.#keyOf(wire),
      response: { ...responseRecord(response), headers: keptHeaders(response.headers) },
      filtered: response.headersFiltered,
      ...depends,
      requested,
      received: clock.now(),
      length: 0,
      storagePolicy: memoryOnly ? 'inMemoryOnly' : 'allowed',
      userInfo: null,
    }
    return Draft.begin(head, response, cache.longest(memoryOnly))
  }

  /**
   * Asks on condition. A page may not ask another origin so unless that allows it in a preflight: where none comes of it, it asks without,
   * and does so from then on.
   */
  async #asked(wire: WireRequest, conditions: [string, string][], transport: Transport): Promise<WireResponse> {
    const { origin, refused } = this.#parts
    const target = new URL(wire.url).origin
    const isForeign = origin !== null && target !== origin
    if (conditions.length === 0 || (isForeign && refused.has(target))) return transport.send(wire)
    const headers = new Headers(wire.headers)
    for (const [name, value] of conditions) headers.set(name, value)
    try {
      return await transport.send({ ...wire, headers })
    } catch (error) {
      if (!isForeign || wire.signal.aborted || !URLError.is(error) || error.code !== 'opaqueNetworkFailure') throw error
      const response = await transport.send(wire)
      refused.add(target)
      return response
    }
  }

  /** After a request that may have changed something (RFC 9111 §4.4). */
  async #changed(cache: ResponseCache, wire: WireRequest, transport: Transport): Promise<WireResponse> {
    const response = await transport.send(past(wire))
    if (response.status >= 400) return response
    const { origin } = new URL(wire.url)
    const told = ['location', 'content-location'].map((name) => response.headers.get(name))
    const urls = new Set([wire.url])
    for (const one of told) {
      const url = one === null ? null : URL.parse(one, wire.url)
      if (url?.origin === origin) urls.add(url.href)
    }
    const keys = [...urls].flatMap((url) => [cacheKey(url, true), cacheKey(url, false)])
    for (const key of keys) await cache.drop(await cache.find(key, this.#parts.memoryOnly))
    return response
  }

  /** On the side: whoever asked has his answer. What comes new is not kept, since nobody can be asked whether it may be. */
  async #renew(cache: ResponseCache, found: StoredHead, wire: WireRequest, transport: Transport): Promise<void> {
    const { clock, renewing, patience } = this.#parts
    if (renewing.has(found.key)) return
    renewing.add(found.key)
    const abort = new AbortController()
    const cancel = clock.after(patience, () => abort.abort(), { keepAlive: false })
    try {
      const requested = clock.now()
      const request = past({ ...wire, signal: abort.signal })
      const response = await this.#asked(request, validators(found), transport)
      await response.body.cancel()
      if (response.status === 304) await cache.confirm(confirmed(found, response.headers, requested, clock.now()))
      else if (response.status < 400) await cache.drop([found])
    } catch {
      // The next who asks finds it as it is.
    } finally {
      cancel()
      renewing.delete(found.key)
    }
  }

  #stored(head: StoredHead, body: Uint8Array, fromCache: 'stored' | 'revalidated'): WireResponse {
    const { url, status, statusText, headers } = head.response
    const shown = new Headers(headers)
    shown.set('age', String(Math.floor(ageOf(head, this.#parts.clock.now()))))
    let rest: Uint8Array | null = body.byteLength > 0 ? body : null
    return {
      url,
      status,
      statusText,
      headers: shown,
      redirected: false,
      headersFiltered: head.filtered,
      fromCache,
      body: {
        async read() {
          const bytes = rest
          rest = null
          // The reader may write into it, and others read it after him.
          return bytes && bytes.slice()
        },
        async cancel() {
          rest = null
        },
      },
    }
  }

  #keyOf({ url, credentials }: WireRequest): string {
    const { origin } = this.#parts
    const isSame = origin === null || new URL(url).origin === origin
    return cacheKey(url, credentials === 'include' || (credentials === 'same-origin' && isSame))
  }
}

const bodyOf = async (cache: ResponseCache, head: StoredHead, method: string): Promise<Uint8Array | null> =>
  method === 'HEAD' ? new Uint8Array() : cache.body(head)

const past = (wire: WireRequest): WireRequest => ({
  ...wire,
  cache: 'no-store',
  ...(wire.init && { init: { ...wire.init, cache: 'no-store' } }),
})

const missing = (url: string): URLError =>
  new URLError('resourceUnavailable', {
    url,
    phase: 'setup',
    why: 'the cache has no answer, and the request must not be sent ("only-if-cached")',
    retryable: false,
  })
