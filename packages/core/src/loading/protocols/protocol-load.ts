/**
 * One request in the hands of a protocol: hears what the protocol tells, in any order and at any time, and makes of it a response
 * whose body is pulled. What breaks the rules ends the request with one error that names the rule.
 */
import { URLError } from '../../model/url-error.ts'
import type {
  ProtocolRequest,
  ProtocolRequestHead,
  ProtocolResponse,
  URLProtocol,
  URLProtocolClient,
} from '../../model/url-protocol.ts'
import type { BodySource, WireRequest, WireResponse } from '../../ports/transport.ts'
import { streamBody } from './stream-body.ts'

interface Chunk {
  readonly bytes: Uint8Array
  readonly taken: PromiseWithResolvers<void>
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** The request as `accepts` may look at it: a copy each time, so that no protocol changes it for another; made if it is looked at. */
export function requestHead({
  url,
  method,
  headers,
  cache,
  credentials,
}: Pick<WireRequest, 'url' | 'method' | 'headers' | 'cache' | 'credentials'>): ProtocolRequestHead {
  let copy: Headers | null = null
  return {
    url,
    method,
    get headers() {
      return (copy ??= new Headers(headers))
    },
    cachePolicy: cache,
    credentials,
  }
}

export class ProtocolLoad implements BodySource {
  readonly #request: WireRequest
  readonly #head = Promise.withResolvers<WireResponse>()
  readonly #controller = new AbortController()
  readonly #chunks: Chunk[] = []
  /** What was read last: its bytes are the reader's until it asks for more. */
  #reading: Chunk | null = null
  #stage: 'waiting' | 'answered' | 'ended' = 'waiting'
  /** The body is that of a Response, which is read past us. */
  #streams = false
  /** What the body ends with once all its bytes are read. */
  #failure: { readonly error: unknown } | null = null
  /** The reader knows the end: nothing that comes now can be told to anybody. */
  #over = false
  #wake: (() => void) | null = null

  constructor(request: WireRequest) {
    this.#request = request
  }

  /** @throws {URLError} what the protocol failed with; the signal's reason when aborted. */
  start(protocol: URLProtocol): Promise<WireResponse> {
    const { signal } = this.#request
    signal.addEventListener('abort', () => this.#giveUp(signal.reason), { signal: this.#controller.signal })
    void this.#run(protocol)
    return this.#head.promise
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      this.#reading?.taken.resolve()
      this.#reading = this.#chunks.shift() ?? null
      if (this.#controller.signal.aborted) throw this.#controller.signal.reason
      if (this.#reading) return this.#reading.bytes
      if (this.#stage === 'ended') return this.#conclude()
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  async cancel(): Promise<void> {
    if (!this.#over) this.#giveUp(new URLError('cancelled', { url: this.#request.url, phase: 'body' }))
  }

  async #run(protocol: URLProtocol): Promise<void> {
    try {
      const request = await withBody(this.#request)
      this.#controller.signal.throwIfAborted()
      const answer: unknown = await protocol.load(request, this.#client())
      if (answer !== undefined) this.#answer(answer)
    } catch (error) {
      this.#fail(error)
    }
  }

  #client(): URLProtocolClient {
    return {
      signal: this.#controller.signal,
      didReceiveResponse: (response) => this.#respond(response),
      didLoad: (bytes) => this.#load(bytes),
      didFinish: () => {
        if (this.#mayGoOn('didFinish')) this.#end(null)
      },
      didFail: (error) => {
        if (this.#stage === 'ended') return this.#misused('didFail came after the end')
        this.#fail(error)
      },
      wasRedirected: (to, response = { status: 302 }) => {
        if (!REDIRECTS.has(response.status)) return this.#misused(`wasRedirected had the status ${response.status}`)
        this.#respond(response, to)
        if (this.#stage === 'answered') this.#end(null)
      },
    }
  }

  #respond({ status, headers, url }: ProtocolResponse, location?: string): void {
    if (this.#over) return
    if (this.#stage !== 'waiting') return this.#misused('a response came after another')
    if (!isStatus(status)) return this.#misused(`the status was ${String(status)}; allowed is 200 to 599`)
    if (url !== undefined && !URL.canParse(url)) return this.#misused('the url of the response was not an absolute one')
    let copy: Headers
    try {
      copy = new Headers(headers)
      if (location !== undefined) copy.set('location', location)
    } catch {
      return this.#misused('the response had headers that HTTP does not allow')
    }
    this.#stage = 'answered'
    this.#resolve({ status, statusText: '', url: url ?? this.#request.url, redirected: false, headers: copy }, this)
  }

  #load(bytes: Uint8Array): Promise<void> {
    const chunk = { bytes, taken: Promise.withResolvers<void>() }
    // Who does not wait for it must not be hurt by its failure either.
    chunk.taken.promise.catch(() => {})
    if (!this.#over && !(bytes instanceof Uint8Array))
      this.#misused('didLoad was given something other than a Uint8Array')
    else if (!this.#over && this.#mayGoOn('didLoad') && bytes.byteLength > 0) {
      this.#chunks.push(chunk)
      this.#wake?.()
      return chunk.taken.promise
    }
    this.#settle(chunk)
    return chunk.taken.promise
  }

  /** For bytes that are never read. */
  #settle({ taken }: Chunk): void {
    const { aborted, reason } = this.#controller.signal
    if (aborted) taken.reject(reason)
    else taken.resolve()
  }

  /** A Response of any realm or library. */
  #answer(answer: unknown): void {
    if (!isResponse(answer)) return this.#misused('load gave something other than a Response')
    if (this.#stage !== 'waiting') return this.#misused('load gave a Response after the client had been told one')
    if (!isStatus(answer.status)) return this.#misused(`load gave a Response that cannot be read (${answer.type})`)
    if (answer.body?.locked || answer.bodyUsed) return this.#misused('load gave a Response whose body was read already')
    const { status, statusText, url, redirected, headers, body } = answer
    this.#stage = 'ended'
    this.#streams = body !== null
    const { signal } = this.#controller
    const source = body ? streamBody(body, this.#request.url, signal, (reason) => this.#giveUp(reason)) : this
    const head = { status, statusText, url: url || this.#request.url, redirected, headers: new Headers(headers) }
    this.#resolve(head, source)
  }

  #resolve(head: Omit<WireResponse, 'headersFiltered' | 'body'>, body: BodySource): void {
    this.#head.resolve({ ...head, headersFiltered: false, body })
  }

  /** False, and the request fails, where a body's part comes at the wrong time. */
  #mayGoOn(call: string): boolean {
    if (this.#stage === 'answered') return true
    this.#misused(this.#stage === 'waiting' ? `${call} came before a response` : `${call} came after the end`)
    return false
  }

  #misused(why: string): void {
    this.#fail(
      new URLError('badServerResponse', {
        url: this.#request.url,
        phase: this.#stage === 'waiting' ? 'response' : 'body',
        why: `the protocol broke the rules: ${why}`,
      }),
    )
  }

  #fail(thrown: unknown): void {
    const phase = this.#stage === 'waiting' ? 'response' : 'body'
    const error = URLError.from(thrown, 'unknown', { url: this.#request.url, phase })
    this.#end(error.url === null ? error.with({ url: this.#request.url }) : error)
  }

  #end(error: URLError | null): void {
    if (this.#over || this.#failure) return
    if (error) {
      this.#failure = { error }
      this.#head.reject(error)
      // Nobody reads a body from here, who would come to hear of it.
      if (this.#stage === 'waiting' || this.#streams) this.#stop(error)
    }
    this.#stage = 'ended'
    this.#wake?.()
  }

  /** All bytes are read: the end, good or bad. */
  #conclude(): null {
    this.#over = true
    if (!this.#failure) return null
    this.#stop(this.#failure.error)
    throw this.#failure.error
  }

  /** Nobody wants the rest. */
  #giveUp(reason: unknown): void {
    if (this.#over) return
    this.#head.reject(reason)
    this.#stop(reason)
    this.#wake?.()
  }

  #stop(reason: unknown): void {
    this.#over = true
    this.#controller.abort(reason)
    for (const { taken } of this.#chunks.splice(0)) taken.reject(reason)
    this.#reading?.taken.reject(reason)
  }
}

const isStatus = (status: unknown): boolean =>
  typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599

function isResponse(value: unknown): value is Response {
  return typeof value === 'object' && value !== null && 'status' in value && 'headers' in value && 'bodyUsed' in value
}

/** The body as a Blob, whatever it was: what is a stream is collected, since a protocol may read it more than once. */
async function withBody(request: WireRequest): Promise<ProtocolRequest> {
  const head = requestHead(request)
  const { body } = request
  if (body === null || body instanceof Blob) return { ...head, body }
  const { signal } = request
  const read = new Response(body)
  const type = read.headers.get('content-type')
  // Only the one who writes a form down knows the boundary of its parts.
  if (type !== null && typeof body !== 'string' && !head.headers.has('content-type'))
    head.headers.set('content-type', type)
  try {
    return { ...head, body: await read.blob() }
  } catch (cause) {
    signal.throwIfAborted()
    throw cause
  }
}
