/** A session's requests: made here, sent by a lane that is loaded with the first of them. */
import type { DataLane } from '../loading/data-lane.ts'
import { assertSecure } from '../loading/transport-security.ts'
import type { DiagnoseOptions } from '../loading/diagnose.ts'
import type { ResetReport } from '../model/reset-report.ts'
import type { Diagnosis } from '../model/diagnosis.ts'
import type { DataRequest, RequestLike } from '../model/request.ts'
import { checkDataOptions } from '../model/task-options.ts'
import { SOCKET_SCHEMES, socketURLOf } from '../model/schemes.ts'
import { URLError } from '../model/url-error.ts'
import { checkWebSocketOptions } from '../model/web-socket-options.ts'
import { DataTask, type DataTaskOrigin, type DataWorkings } from './data-task.ts'
import type { StandardSchemaV1 } from './decode-json.ts'
import type { ServerSentEvent } from './event-stream.ts'
import type { SessionCore } from './session-core.ts'
import type { DataOptions, FetchInit, WebSocketOptions } from './task-options.ts'
import { WebSocketTask } from './web-socket-task.ts'

export class DataDesk {
  readonly #core: SessionCore
  /** What requests are sent with. */
  readonly lane: () => Promise<DataLane>
  readonly #workings: () => Promise<DataWorkings>
  readonly #forms: () => Promise<typeof import('./data-forms.ts')>
  readonly #fetching: () => Promise<typeof import('./session-fetch.ts')>
  readonly #adopt: DataTaskOrigin['adopt']

  constructor(core: SessionCore, adopt: DataTaskOrigin['adopt']) {
    const { environment, configuration } = core
    this.#core = core
    this.#adopt = adopt
    this.lane = loadedOnce(() => core.load(() => environment.dataLane(configuration)))
    this.#workings = loadedOnce(async () => {
      const [{ DataRun }, lane] = await Promise.all([core.load(() => import('./data-run.ts')), this.lane()])
      return { run: (inlet) => new DataRun(inlet, lane) }
    })
    this.#forms = loadedOnce(() => core.load(() => import('./data-forms.ts')))
    this.#fetching = loadedOnce(() => import('./session-fetch.ts'))
  }

  /** @param taker Who takes the body, where that is settled: then delegates are not asked about it. */
  make(request: RequestLike, given: DataOptions | undefined, taker: DataTaskOrigin['taker']): DataTask {
    const options = checkDataOptions(given) as DataOptions
    return this.#made(typed(this.#core.request(request)), options, taker)
  }

  socket(given: RequestLike, options: WebSocketOptions | undefined): WebSocketTask {
    const core = this.#core
    const ownFrames = core.capabilities.pingFrames
    const checked = checkWebSocketOptions(options, ownFrames, core.isBackground) as WebSocketOptions
    const request = core.request(given, SOCKET_SCHEMES)
    const common = this.#common({ ...request, url: socketURLOf(request) }, checked)
    return WebSocketTask.make({ ...common, options: checked, lane: this.lane, ownFrames }, core)
  }

  /** JSON that a schema vouches for. */
  async json<T>(task: DataTask, schema: StandardSchemaV1<unknown, T> | undefined): Promise<T> {
    return (await this.#forms()).jsonOf(task, schema)
  }

  async *lines(task: DataTask): AsyncGenerator<string, void, undefined> {
    yield* (await this.#forms()).textLinesOf(task)
  }

  events(request: RequestLike, given: DataOptions | undefined): AsyncGenerator<ServerSentEvent, void, undefined> {
    this.#core.assertValid()
    const options = checkDataOptions(given) as DataOptions
    return this.#events(typed(this.#core.request(request)), options)
  }

  async *#events(request: DataRequest, options: DataOptions): AsyncGenerator<ServerSentEvent, void, undefined> {
    const [{ serverSentEvents }, lane] = await Promise.all([this.#forms(), this.lane()])
    yield* serverSentEvents({ request, options, lane, make: (...each) => this.#made(...each, 'loop') })
  }

  async reset(): Promise<ResetReport> {
    const [{ resetSession }, lane] = await Promise.all([import('./session-reset.ts'), this.lane()])
    return resetSession(this.#core, lane)
  }

  async diagnose(url: string | URL, options: DiagnoseOptions | undefined): Promise<Diagnosis> {
    this.#core.assertValid()
    return (await this.lane()).diagnose(url, options)
  }

  async fetch(input: RequestInfo | URL, init: FetchInit | undefined): Promise<Response> {
    const own = { ...init }
    const request = this.#asked(input, own)
    // What is wrong with it is told in fetch's way.
    request.catch(() => {})
    return (await this.#fetching()).sessionFetch(input, own, request, this.#core, (...made) =>
      this.#made(...made, 'native'),
    )
  }

  /** A copy, made before anything is waited for: the caller may change all of it on his next line. */
  async #asked(input: RequestInfo | URL, { method, headers, body, credentials }: FetchInit): Promise<DataRequest> {
    const given: Partial<Request> = input instanceof Request ? input : { url: String(input) }
    // What is undefined has its default there.
    const asked = {
      url: given.url,
      method: method ?? given.method,
      headers: headers ?? given.headers,
      body,
      credentials,
    }
    return this.#core.request(asked as RequestLike)
  }

  #made(request: DataRequest, options: DataOptions, taker: DataTaskOrigin['taker']): DataTask {
    const core = this.#core
    const { idempotencyKey = false } = options
    return DataTask.make(
      {
        ...this.#common(request, options),
        options,
        taker,
        idempotencyKey: idempotencyKey === true ? core.environment.uid() : idempotencyKey || null,
        workings: this.#workings,
        adopt: this.#adopt,
      },
      core,
    )
  }

  /** What tasks that load on the spot have in common. @throws {URLError} where there can be none. */
  #common(request: DataRequest, { key, shared }: WebSocketOptions): Pick<DataTaskOrigin, 'identifier' | 'request'> {
    const core = this.#core
    core.assertValid()
    const { sharedSockets, reasons } = core.capabilities
    if (core.isBackground && !(shared && sharedSockets))
      throw new URLError('unsupportedByPlatform', {
        url: request.url,
        phase: 'setup',
        why: shared ? reasons.sharedSockets : 'a request ends with its page, and a background session’s tasks do not',
        hint: 'use a default session',
      })
    assertSecure(request.url, core.settings.transportSecurity)
    core.assertFreeKey(key, request.url)
    return { identifier: core.takeIdentifier(), request }
  }
}

/** Kept once it is there: a bundler's `import()` looks through the page each time, which costs more than a request may. */
function loadedOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | null = null
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = null
      throw error
    })
    return loaded
  }
}

/** Apple's rule: bytes or text that are POSTed without a type are a form. */
function typed(request: DataRequest): DataRequest {
  const { method, body, headers } = request
  const plain = typeof body === 'string' || body instanceof Uint8Array
  if (method !== 'POST' || !plain || headers.some(([name]) => name === 'content-type')) return request
  return { ...request, headers: [...headers, ['content-type', 'application/x-www-form-urlencoded']] }
}
