/**
 * One object that coordinates an app's transfers and requests: what a user holds. Transfers belong to an engine, which
 * `TransferDesk` talks to; requests are loaded where the session is.
 */
import type { ConfigurationOptions, SessionConfiguration } from '../model/configuration.ts'
import type { Capabilities } from '../model/capabilities.ts'
import type { DiagnoseOptions } from '../loading/diagnose.ts'
import type { Diagnosis } from '../model/diagnosis.ts'
import type { RequestLike } from '../model/request.ts'
import type { ResetReport } from '../model/reset-report.ts'
import type { URLResponse } from '../model/response.ts'
import type { ResumeData } from '../model/resume-data.ts'
import type { SessionEnvironment } from './session-environment.ts'
import { DataDesk } from './data-desk.ts'
import type { DataResult, DataTask } from './data-task.ts'
import type { StandardSchemaV1 } from './decode-json.ts'
import type { ServerSentEvent } from './event-stream.ts'
import type { AnyTask, SessionDelegate } from './delegate.ts'
import type { DownloadResult, DownloadTask } from './download-task.ts'
import { FileLibrary } from './file-library.ts'
import { SessionCore } from './session-core.ts'
import { taskPromise, type TaskPromise } from './task-promise.ts'
import type { DataOptions, DownloadOptions, FetchInit, UploadOptions, WebSocketOptions } from './task-options.ts'
import { DownloadDesk } from './download-desk.ts'
import type { TransferDesk } from './transfer-desk.ts'
import { UploadDesk } from './upload-desk.ts'
import type { UploadResult, UploadTask } from './upload-task.ts'
import type { UploadBody } from '../model/upload-options.ts'
import type { WebSocketTask } from './web-socket-task.ts'

/** What a session is, but for the platform under it: entry points bind that. */
export class URLSession {
  /** The session's own frozen copy; `configuration.effective` says which of its options this platform does not follow. */
  readonly configuration: SessionConfiguration
  /** The files that were kept with `file.keep(key)`. */
  readonly files: FileLibrary
  /** A free label. */
  description = ''
  /** `close()`, for `await using`; there where the platform has that. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>

  readonly #core: SessionCore
  readonly #downloads: DownloadDesk
  readonly #uploads: UploadDesk
  #transfers: Promise<TransferDesk> | null = null
  readonly #data: DataDesk
  readonly #shared: boolean
  readonly #ended = Promise.withResolvers<void>()

  protected constructor(
    environment: SessionEnvironment,
    configuration: SessionConfiguration | ConfigurationOptions | undefined,
    delegate: SessionDelegate | null | undefined,
    shared: boolean,
  ) {
    this.configuration = environment.configurations.from(configuration, environment.options)
    this.#core = new SessionCore(this.configuration, environment, delegate, this, async (inlet) =>
      (await this.#desk()).run(inlet),
    )
    this.#core.onIdle = () => this.#endWhenIdle()
    this.#shared = shared
    this.#downloads = new DownloadDesk(this.#core)
    this.#uploads = new UploadDesk(this.#core)
    this.#data = new DataDesk(this.#core, (origin) => this.#downloads.adopt(origin))
    this.files = new FileLibrary({
      call: (name, ...args) => this.#desk().then((desk) => desk.call(name, ...args)),
      saveBlob: environment.saveBlob,
    })
    // Unfinished transfers go on without being asked; why they cannot, tasks() and each new task tell.
    if (this.#core.isBackground) queueMicrotask(() => void this.#open().catch(() => {}))
  }

  /** Null once the session has become invalid. */
  get delegate(): SessionDelegate | null {
    return this.#core.delegate
  }

  /** What this platform can do, each row with a reason in `capabilities.reasons`. */
  get capabilities(): Capabilities {
    return this.#core.capabilities
  }

  /**
   * Makes a request, suspended. Options and request are copied.
   * @param request A URL, a Request, or `{ url, … }`.
   * @throws {TypeError} for options that are unknown or of the wrong type, naming what is allowed.
   * @throws {URLError} `badURL`, `unsupportedURL`, `dataLengthExceedsMaximum` (a body with GET),
   *   `appTransportSecurityRequiresSecureConnection`, `duplicateKey`, `sessionInvalid`, `unsupportedByPlatform` (background sessions).
   */
  dataTask(request: RequestLike, options?: DataOptions): DataTask {
    return this.#data.make(request, options, null)
  }

  /**
   * Sends a request and resolves with the whole answer, for every HTTP status. Delegates are asked about challenges and redirects, and
   * hear of its end; they are not asked about the answer.
   * @throws {TypeError} {@link dataTask}'s, as a rejection. @throws {URLError} as `task.finished` rejects.
   */
  data(request: RequestLike, options?: DataOptions): TaskPromise<DataResult, DataTask> {
    return taskPromise(
      () => this.#data.make(request, options, 'gather').resume(),
      (task) => task.finished,
    )
  }

  /**
   * Sends a request and resolves with the head of the answer and its body as it comes, pulled: a loop that is slow slows the server
   * down, and one that is left ends the request.
   */
  bytes(
    request: RequestLike,
    options?: DataOptions,
  ): TaskPromise<{ bytes: AsyncIterable<Uint8Array>; response: URLResponse }, DataTask> {
    return taskPromise(
      () => this.#data.make(request, options, 'loop').resume(),
      async (task) => ({ bytes: task, response: (await task.answer()).response }),
    )
  }

  /**
   * Sends a request and resolves with its JSON, as the schema gives it back, for every HTTP status; without a schema the caller vouches
   * for the type.
   * @param options `schema`: any Standard Schema (zod, valibot, arktype …).
   * @throws {URLError} besides {@link data}'s: `cannotDecodeRawData` for a body that is no JSON; `schemaMismatch`. Both carry `path`
   *   and `body`. @throws {TypeError} when `schema` is none; nothing is sent then.
   */
  json<T = unknown>(
    request: RequestLike,
    { schema, ...options }: DataOptions & { schema?: StandardSchemaV1<unknown, T> } = {},
  ): TaskPromise<T, DataTask> {
    return taskPromise(
      () => this.#data.make(request, options, 'gather'),
      (task) => this.#data.json(task, schema),
    )
  }

  /**
   * The lines of a text as they come, without their ends (LF, CR or CRLF); blank lines are kept. The request is sent with the first
   * step; a loop that is left ends it.
   */
  lines(request: RequestLike, options?: DataOptions): AsyncGenerator<string, void, undefined> {
    return this.#data.lines(this.#data.make(request, options, 'loop'))
  }

  /**
   * Server-sent events (HTML Standard §9.2), over as many connections as it takes: one that ends or breaks is followed by another, which
   * says what the last event was. Ends when the server answers 204, or with the loop. Each is asked for past every cache. Between events a
   * server may be silent for as long as it likes, and `timeout.request` is the time until it answers; one that sends comments to show that
   * it is there is watched with the request's own `timeout`. `timeout.resource` is the time for one connection.
   * @throws {URLError} `badServerResponse` for an answer that is no stream of events; `dataLengthExceedsMaximum` for an event of
   *   more than 1 MiB; the failure of the last of `retry.attempts` connections that could not be had in a row.
   */
  events(request: RequestLike, options?: DataOptions): AsyncGenerator<ServerSentEvent, void, undefined> {
    return this.#data.events(request, options)
  }

  /**
   * Finds out what a server lets us do: whether a download from it can be resumed, which headers it hides from this page, and which line
   * it should send. One small request, or two; loads no body. It goes where the session's requests may go, and nowhere else.
   * @throws {URLError} `badURL`, `unsupportedURL`, `sessionInvalid`, `appTransportSecurityRequiresSecureConnection`, and
   *   `notConnectedToInternet` over a network that the session may not use.
   */
  diagnose(url: string | URL, options?: DiagnoseOptions): Promise<Diagnosis> {
    return this.#data.diagnose(url, options)
  }

  /**
   * `fetch`, to the letter, with the session's headers, credentials, retry, security and metrics: hand it to any library that takes a
   * fetch of your own. It needs no `this`.
   * @throws What fetch throws: the signal's reason, and a TypeError (whose `cause` is the URLError) where no answer came.
   */
  readonly fetch = (input: RequestInfo | URL, init?: FetchInit): Promise<Response> => this.#data.fetch(input, init)

  /**
   * Makes a download, suspended. Options and request are copied.
   * @param request An https URL, a Request without a body, `{ url, … }`, or resume data (once).
   * @throws {TypeError} for options that are unknown or of the wrong type, naming what is allowed.
   * @throws {URLError} `badURL`, `unsupportedURL`, `appTransportSecurityRequiresSecureConnection`,
   *   `duplicateKey`, `badResumeData`, `sessionInvalid`, `unsupportedByPlatform`.
   */
  downloadTask(request: RequestLike | ResumeData, options?: DownloadOptions): DownloadTask {
    return this.#downloads.make(request, options, false)
  }

  /**
   * Downloads at once and resolves with the file, for every HTTP status. The file stays until the session
   * ends; `file.keep(key)` keeps it longer. Not in background sessions, whose tasks outlive a promise: there
   * use `downloadTask`.
   * @throws {TypeError} {@link downloadTask}'s, as a rejection. @throws {URLError} as `task.finished` rejects.
   */
  download(request: RequestLike | ResumeData, options?: DownloadOptions): TaskPromise<DownloadResult, DownloadTask> {
    return taskPromise(
      () => this.#downloads.make(request, options, true).resume(),
      (task) => task.finished,
    )
  }

  /**
   * Makes an upload, suspended. Options, request, buffers and forms are copied; files are read while they are sent, and no more of them than that.
   * @param request An http or https URL, or one for the session's `protocols` (then the method is POST), a Request, `{ url, … }`, or an
   *   upload's resume data. A body in it is left alone.
   * @param body What is sent; with resume data the same once more.
   * @throws {TypeError} for options that are unknown or of the wrong type, and for what cannot be uploaded.
   * @throws {URLError} `badURL`, `unsupportedURL`, `dataLengthExceedsMaximum` (GET and HEAD carry no body), `duplicateKey`, `badResumeData`,
   *   `appTransportSecurityRequiresSecureConnection`, `sessionInvalid`, `unsupportedByPlatform` (paths in a browser; in a background
   *   session a task's own delegate, and a protocol that the configuration does not have).
   */
  uploadTask(request: RequestLike | ResumeData, body: UploadBody, options?: UploadOptions): UploadTask {
    return this.#uploads.make(request, body, options, false)
  }

  /**
   * Uploads at once and resolves with the server's answer, of any status. Not in background sessions, whose tasks outlive a promise: there
   * use `uploadTask`.
   * @throws {TypeError} {@link uploadTask}'s, as a rejection. @throws {URLError} as `task.finished` rejects: besides what any request fails
   *   with, `fileDoesNotExist`, `fileIsDirectory`, `noPermissionsToReadFile`, `fileChanged`, `requestBodyStreamExhausted`.
   */
  upload(
    request: RequestLike | ResumeData,
    body: UploadBody,
    options?: UploadOptions,
  ): TaskPromise<UploadResult, UploadTask> {
    return taskPromise(
      () => this.#uploads.make(request, body, options, true).resume(),
      (task) => task.finished,
    )
  }

  /**
   * Makes a WebSocket, suspended; `resume()` opens it. The session's headers, credentials, adapters and transport security are the
   * handshake's too, as far as the platform lets it have any: a browser sends only its own headers and its cookies, and the task warns
   * of what is left out (`handshakeHeadersNotSent`). Adapters see the handshake's http or https URL. `timeout.request` is the
   * time for one handshake.
   * @param request A ws or wss URL (http and https stand for them), or `{ url, headers, … }` with GET.
   * @throws {TypeError} for options that are unknown or of the wrong type, subprotocols that are no distinct tokens, a heartbeat with
   *   half a rule, `shared` without `reconnect`. @throws {URLError} `badURL` (also for a fragment), `unsupportedURL`, `sessionInvalid`, `duplicateKey`,
   *   `appTransportSecurityRequiresSecureConnection`, `unsupportedByPlatform` (background sessions, unless `shared`; `shared` where
   *   there are no tabs; ping frames in a browser).
   */
  webSocketTask(request: RequestLike, options?: WebSocketOptions): WebSocketTask {
    return this.#data.socket(request, options)
  }

  /**
   * The session's WebSockets as a class of the platform's shape, for libraries that take one (`webSocketImpl`). It opens at once, and
   * gives messages to whoever listens, as fast as they come.
   * @param options For each of them; `reconnect` goes on unseen, but for `didReopen`.
   */
  async webSocketClass(options: Omit<WebSocketOptions, 'protocols' | 'shared'> = {}): Promise<typeof WebSocket> {
    return (await this.#core.load(() => import('./web-socket-facade.ts'))).webSocketClass(this, options)
  }

  /**
   * Live tasks: resumed at least once and not completed; in a background session those of earlier lives too.
   * @param kind Only tasks of this kind.
   * @throws {URLError} `backgroundSessionInUseByAnotherProcess` while another tab or process holds the session.
   */
  tasks(): Promise<AnyTask[]>
  tasks<Kind extends AnyTask['kind']>(kind: Kind): Promise<Extract<AnyTask, { kind: Kind }>[]>
  async tasks(kind?: AnyTask['kind']): Promise<AnyTask[]> {
    if (this.#core.invalid === 'yes') return []
    if (this.#core.isBackground) await this.#open()
    const live = [...this.#core.live].filter((task) => isLive(task) && task.kind === (kind ?? task.kind))
    ;(await this.#transfers)?.release()
    return live.toSorted((a, b) => a.identifier - b.identifier)
  }

  /** No new tasks; running ones finish, those never resumed are cancelled; then the session becomes invalid. */
  finishTasksAndInvalidate(): void {
    if (this.#shared || this.#core.invalid !== 'no') return
    this.#core.invalid = 'finishing'
    for (const task of this.#core.live) if (!task.started) task.cancel()
    void this.#knowAll().then(() => this.#endWhenIdle())
  }

  /**
   * Cancels every task and removes its bytes, in a background session the stored ones too; then the session becomes invalid. A task that is
   * complete but for a delegate's last calls is waited for as long as any call is: a second.
   */
  invalidateAndCancel(): void {
    if (this.#shared || this.#core.invalid === 'yes') return
    this.#core.invalid = 'finishing'
    const cancelAll = (): void => this.#core.live.forEach((task) => task.cancel())
    cancelAll()
    void this.#knowAll().then(() => {
      cancelAll()
      this.#endWhenIdle()
    })
  }

  /**
   * Forgets the session's own cookies and credentials, also those that outlive it, and says what the platform keeps to itself. Tasks go on.
   */
  reset(): Promise<ResetReport> {
    return this.#data.reset()
  }

  /** Resolves when all that was received is durable: transfers, cookies, and what `cache` and `credentialStorage` were given to keep. */
  async flush(): Promise<void> {
    if (this.#core.invalid === 'yes') return
    await Promise.all([(await this.#transfers)?.flush(), this.#core.flush()])
  }

  /** `invalidateAndCancel()`, and resolves when the session has become invalid. Also as `await using`, where there is that. */
  async close(): Promise<void> {
    this.invalidateAndCancel()
    if (!this.#shared) await this.#ended.promise
  }

  #desk(): Promise<TransferDesk> {
    this.#transfers ??= this.#core.load(async () => {
      const [{ TransferDesk }, lane] = await Promise.all([import('./transfer-desk.ts'), this.#data.lane()])
      return new TransferDesk(
        this.#core,
        (origin, kind) => (kind === 'upload' ? this.#uploads : this.#downloads).restore(origin),
        lane,
      )
    })
    this.#transfers.catch(() => (this.#transfers = null))
    return this.#transfers
  }

  async #open(): Promise<void> {
    await (await this.#desk()).open()
  }

  /** A storage of the caller's may never say that all is stored: the engine does not wait for it, and nobody for ever. */
  async #closeEngine(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, Math.min(this.#core.settings.timeout.request, 60_000))
    void this.#core.flush().then(resolve, () => resolve())
    await (await this.#transfers?.catch(() => null))?.close()
    await promise
    clearTimeout(timer)
  }

  /** A background session's tasks of earlier lives are only known once its engine runs. */
  async #knowAll(): Promise<void> {
    if (this.#core.isBackground) await this.#open().catch(() => {})
    ;(await this.#transfers?.catch(() => null))?.release()
  }

  #endWhenIdle(): void {
    const core = this.#core
    if (core.invalid !== 'finishing' || core.live.size > 0) return
    core.invalid = 'yes'
    void this.#closeEngine().then(() =>
      core.queue.add(async () => {
        try {
          await core.delegate?.didBecomeInvalid?.(this, null)
        } catch (cause) {
          core.report(cause)
        }
        core.delegate = null
        this.#ended.resolve()
      }, this.#ended.resolve),
    )
  }
}

// Where the platform has `await using`, a session takes part in it.
if (typeof Symbol.asyncDispose === 'symbol')
  Object.defineProperty(URLSession.prototype, Symbol.asyncDispose, {
    value(this: URLSession): Promise<void> {
      return this.close()
    },
  })

/** Resumed at least once and not completed. */
const isLive = (task: AnyTask): boolean => task.started && task.state !== 'completed' && task.state !== 'canceling'
