/**
 * One object that coordinates an app's transfers. It holds mirrors of what its engine owns; the engine
 * starts with the first task (or at once, in a background session, to go on with what is unfinished).
 */
import { SessionConfiguration, type ConfigurationOptions } from '../model/configuration.ts'
import type { Capabilities } from '../model/capabilities.ts'
import { checkDownloadOptions } from '../model/download-options.ts'
import { backgroundNamespace, SHARED_NAMESPACE } from '../model/namespace.ts'
import { normalizeRequest, type NormalRequest, type RequestLike } from '../model/request.ts'
import { claimsToBeResumeData, parseResumeData, type ResumeData } from '../model/resume-data.ts'
import { nextGeneration } from '../model/uid.ts'
import { URLError } from '../model/url-error.ts'
import { assertSecure } from '../loading/transport-security.ts'
import { WIRE_VERSION, type TaskSnapshot, type Welcome } from '../wire/commands.ts'
import type { EngineEvent, EventBatch } from '../wire/events.ts'
import type { EngineHost, SessionEnvironment } from '../wire/host.ts'
import { DelegateQueue } from './delegate-queue.ts'
import type { SessionDelegate } from './delegate.ts'
import { DownloadTask, type DownloadResult, type TaskInlet } from './download-task.ts'
import type { FileAccess } from './downloaded-file.ts'
import { FileLibrary } from './file-library.ts'
import { reportUncaught } from './listeners.ts'
import type { DownloadOptions } from './task-options.ts'
import type { TaskOwner } from './task-owner.ts'
import { unreadableSnapshot } from './unreadable-snapshot.ts'

/** A promise that also shows the task behind it. */
export type TaskPromise<T, Task = DownloadTask> = Promise<T> & { readonly task: Task }

/** What a session is, but for the platform under it: entry points bind that. */
export class URLSession {
  /** The session's own frozen copy. */
  readonly configuration: SessionConfiguration
  /** The files that were kept with `file.keep(key)`. */
  readonly files: FileLibrary
  /** A free label. */
  description = ''
  /** `close()`, for `await using`; there where the platform has that. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>

  readonly #environment: SessionEnvironment
  readonly #host: EngineHost
  readonly #queue = new DelegateQueue()
  readonly #inlets = new Map<string, TaskInlet>()
  /** Tokens of resume data that were used in this life. */
  readonly #usedTokens = new Set<string>()
  /** Tasks that are complete here, of which an engine that died could not be told. */
  readonly #unsettled = new Map<string, () => Promise<void>>()
  readonly #owner: TaskOwner
  readonly #shared: boolean
  #delegate: SessionDelegate | null
  #capabilities: Capabilities | null = null
  #nextIdentifier = 1
  #invalid: 'no' | 'finishing' | 'yes' = 'no'
  readonly #ended = Promise.withResolvers<void>()
  /** Outcomes of an earlier life wait until somebody can take them. */
  #held: EngineEvent[] | null = null
  /** Tasks of earlier lives. */
  readonly #restored = new Set<string>()
  #toldFinishEvents = false

  protected constructor(
    environment: SessionEnvironment,
    configuration: SessionConfiguration | ConfigurationOptions | undefined,
    delegate: SessionDelegate | null | undefined,
    shared: boolean,
  ) {
    if (delegate !== undefined && delegate !== null && typeof delegate !== 'object')
      throw new TypeError(`URLSession: the delegate was ${typeof delegate}; allowed is an object with delegate methods`)
    this.configuration = SessionConfiguration.from(configuration)
    this.#environment = environment
    this.#delegate = delegate ?? null
    this.#shared = shared
    const { kind, identifier, settings, engine } = this.configuration
    const hello = {
      wire: WIRE_VERSION,
      kind,
      namespace: identifier === null ? SHARED_NAMESPACE : backgroundNamespace(identifier),
      owner: environment.uid(),
      settings,
    }
    const makeHost = environment.host({
      placement: engine.placement ?? 'auto',
      workerURL: engine.workerURL ?? null,
      createWorker: engine.createWorker ?? null,
    })
    this.#host = makeHost(hello, {
      onEvents: (batch) => this.#receive(batch),
      onLost: () => this.#revive(),
      onWelcome: (welcome, refused) => this.#welcome(welcome, refused),
    })
    const access: FileAccess = {
      call: (name, ...args) => this.#host.call(name, ...args),
      saveBlob: environment.saveBlob,
    }
    this.files = new FileLibrary(access)
    this.#owner = this.#makeOwner(access)
    if (kind === 'background') {
      if (!this.#delegate) this.#held = []
      // Unfinished transfers go on without being asked; why they cannot, tasks() and each new task tell.
      queueMicrotask(() => void this.#host.open().catch(() => {}))
    }
  }

  /** Null once the session has become invalid. */
  get delegate(): SessionDelegate | null {
    return this.#delegate
  }

  /** What this platform can do, each row with a reason in `capabilities.reasons`. */
  get capabilities(): Capabilities {
    return (this.#capabilities ??= this.#environment.capabilities(null, []))
  }

  /**
   * Makes a download, suspended. Options and request are copied.
   * @param request An https URL, a Request without a body, `{ url, … }`, or resume data (once).
   * @throws {TypeError} for options that are unknown or of the wrong type, naming what is allowed.
   * @throws {URLError} `badURL`, `unsupportedURL`, `appTransportSecurityRequiresSecureConnection`,
   *   `duplicateKey`, `badResumeData`, `sessionInvalid`, `unsupportedByPlatform`.
   */
  downloadTask(request: RequestLike | ResumeData, options?: DownloadOptions): DownloadTask {
    return this.#make(request, options, false).task
  }

  /**
   * Downloads at once and resolves with the file, for every HTTP status. The file stays until the session
   * ends; `file.keep(key)` keeps it longer. Not in background sessions, whose tasks outlive a promise: there
   * use `downloadTask`.
   * @throws {TypeError} {@link downloadTask}'s, as a rejection. @throws {URLError} as `task.finished` rejects.
   */
  download(request: RequestLike | ResumeData, options?: DownloadOptions): TaskPromise<DownloadResult> {
    let task: DownloadTask
    try {
      task = this.#make(request, options, true).task
    } catch (error) {
      return Object.defineProperty(Promise.reject(error as Error), 'task', {
        // There is none: whoever asks for it learns why.
        get(): never {
          throw error
        },
      }) as TaskPromise<DownloadResult>
    }
    task.resume()
    return Object.assign(
      task.finished.then((result) => result),
      { task },
    )
  }

  /**
   * Live tasks: resumed at least once and not completed; in a background session those of earlier lives too.
   * @throws {URLError} `backgroundSessionInUseByAnotherProcess` while another tab or process holds the session.
   */
  async tasks(): Promise<DownloadTask[]> {
    if (this.#invalid === 'yes') return []
    if (this.configuration.kind === 'background') await this.#host.open()
    const live = [...this.#inlets.values()].map(({ task }) => task).filter((task) => isLive(task))
    this.#release()
    return live.toSorted((a, b) => a.identifier - b.identifier)
  }

  /** No new tasks; running ones finish, those never resumed are cancelled; then the session becomes invalid. */
  finishTasksAndInvalidate(): void {
    if (this.#shared || this.#invalid !== 'no') return
    this.#invalid = 'finishing'
    for (const { task } of this.#inlets.values()) if (!task.started) task.cancel()
    void this.#knowAll().then(() => this.#endWhenIdle())
  }

  /** Cancels every task and removes its bytes, in a background session the stored ones too; then the session becomes invalid. */
  invalidateAndCancel(): void {
    if (this.#shared || this.#invalid === 'yes') return
    this.#invalid = 'finishing'
    const cancelAll = (): void => this.#inlets.forEach(({ task }) => task.cancel())
    cancelAll()
    void this.#knowAll().then(() => {
      cancelAll()
      this.#endWhenIdle()
    })
  }

  /** Resolves when everything that was received is durable. */
  async flush(): Promise<void> {
    if (this.#inlets.size > 0 && this.#invalid !== 'yes') await this.#host.call('flush')
  }

  /** `invalidateAndCancel()`, and resolves when the session has become invalid. Also as `await using`, where there is that. */
  async close(): Promise<void> {
    this.invalidateAndCancel()
    if (!this.#shared) await this.#ended.promise
  }

  /** A background session's tasks of earlier lives are only known once its engine runs. */
  async #knowAll(): Promise<void> {
    if (this.configuration.kind === 'background') await this.#host.open().catch(() => {})
    this.#release()
  }

  #make(request: unknown, given: unknown, promised: boolean): TaskInlet {
    this.#assertValid()
    const { kind, settings } = this.configuration
    const options = checkDownloadOptions(given) as DownloadOptions
    const resumeData = claimsToBeResumeData(request) ? parseResumeData(request) : null
    const normal = normalizeRequest(
      resumeData ? requestOf(resumeData) : (request as RequestLike),
      this.#environment.baseURL(),
    )
    assertSecure(normal.url, settings.transportSecurity)
    if (kind === 'background') {
      if (options.delegate) this.#owner.assertTaskDelegatesAllowed()
      this.#assertFitForBackground(normal, promised)
    }
    this.#assertPlace(options.destination, normal)
    this.#assertFreeKey(options.key, normal)
    // Made absolute now: the process may be somewhere else when the file is there.
    if (typeof options.destination === 'string')
      options.destination = this.#environment.absolutePath?.(options.destination) ?? options.destination
    const uid = resumeData ? this.#useToken(resumeData) : this.#environment.uid()
    const inlet = DownloadTask.make(
      { uid, identifier: this.#nextIdentifier++, request: normal, options, resumeData, promised, restored: null },
      this.#owner,
    )
    this.#inlets.set(uid, inlet)
    inlet.tellCreated()
    return inlet
  }

  #assertValid(): void {
    if (this.#invalid !== 'no') throw new URLError('sessionInvalid', { phase: 'setup', hint: 'make a new session' })
  }

  #assertFitForBackground({ url, method }: NormalRequest, promised: boolean): void {
    const why = promised
      ? 'a promise cannot outlive the page, as a background session’s tasks do'
      : method === 'GET'
        ? null
        : `a background download must be a GET, which may be asked again, and not ${method}`
    if (why === null) return
    const hint = promised ? 'use downloadTask(…).resume() and await task.finished' : 'use a default session'
    throw new URLError('unsupportedByPlatform', { url, phase: 'setup', why, hint })
  }

  #assertPlace(destination: DownloadOptions['destination'], { url }: NormalRequest): void {
    const hasPaths = this.#environment.saveBlob === null
    if (destination === undefined || (typeof destination === 'string') === hasPaths) return
    const why = hasPaths ? 'there is no file picker here, so there are no picked files' : 'a browser writes to no paths'
    const hint = hasPaths ? 'give a path as destination' : 'use file.save(), or a handle from showSaveFilePicker()'
    throw new URLError('unsupportedByPlatform', { url, phase: 'setup', why, hint })
  }

  #assertFreeKey(key: string | undefined, { url }: NormalRequest): void {
    if (key === undefined) return
    for (const { task } of this.#inlets.values())
      if (task.key === key && task.state !== 'completed')
        throw new URLError('duplicateKey', {
          url,
          phase: 'setup',
          why: `the key is "${key}", and task ${task.identifier} has it`,
          hint: 'find that one with session.tasks(), or use another key',
        })
  }

  #useToken({ token, url }: ResumeData): string {
    if (this.#usedTokens.has(token))
      throw new URLError('badResumeData', { url, phase: 'setup', why: 'it was used before, and can be used once' })
    this.#usedTokens.add(token)
    return nextGeneration(token)
  }

  #welcome(welcome: Welcome, refused: readonly string[]): void {
    this.#capabilities = this.#environment.capabilities(welcome.facts, refused)
    this.#nextIdentifier = Math.max(this.#nextIdentifier, welcome.nextIdentifier)
    for (const snapshot of [...welcome.tasks, ...welcome.unreadable.map(unreadableSnapshot)]) {
      const settle = this.#unsettled.get(snapshot.uid)
      this.#unsettled.delete(snapshot.uid)
      if (settle) void settle().catch(() => this.#unsettled.set(snapshot.uid, settle))
      else if (!this.#inlets.has(snapshot.uid)) this.#restore(snapshot)
    }
  }

  #restore(snapshot: TaskSnapshot): void {
    const { uid, request, key, metadata, description, priority, beginAt } = snapshot
    // An unreadable record has lost its number.
    const identifier = Number.isSafeInteger(snapshot.identifier + 1) ? snapshot.identifier : this.#nextIdentifier++
    const options = {
      ...(key === null ? {} : { key }),
      ...(metadata === null ? {} : { metadata }),
      ...(beginAt === null ? {} : { earliestBeginDate: new Date(beginAt) }),
      description,
      priority,
    }
    const origin = { uid, identifier, request, options, resumeData: null, promised: false, restored: snapshot }
    this.#restored.add(uid)
    this.#inlets.set(uid, DownloadTask.make(origin, this.#owner))
  }

  #receive({ events }: EventBatch): void {
    for (const event of events) {
      if (this.#held && this.#isOfEarlierLife(event)) this.#held.push(event)
      else if (event.type === 'caught-up') this.#caughtUp()
      else this.#inlets.get(event.uid)?.receive(event)
    }
  }

  /** How a task of an earlier life ended, and that this was the last of them. */
  #isOfEarlierLife(event: EngineEvent): boolean {
    if (event.type === 'caught-up') return true
    return (event.type === 'finished' || event.type === 'failed') && this.#restored.has(event.uid)
  }

  async #completed(task: DownloadTask, settle: (() => Promise<void>) | null): Promise<void> {
    const uid = [...this.#inlets].find(([, inlet]) => inlet.task === task)?.[0] ?? ''
    try {
      await settle?.()
    } catch {
      // The engine died: the next one still has the outcome, which has been told and must not be told twice.
      if (settle) this.#unsettled.set(uid, settle)
    }
    this.#inlets.delete(uid)
    this.#giveBackToken(task, uid)
    // Not before `finished` has settled.
    queueMicrotask(() => this.#endWhenIdle())
  }

  /** A task that no engine ever took has used up nothing. */
  #giveBackToken({ error, started }: DownloadTask, uid: string): void {
    if (!started || error?.code.startsWith('backgroundSession'))
      for (const token of this.#usedTokens) if (nextGeneration(token) === uid) this.#usedTokens.delete(token)
  }

  /** Lets the events go that waited for somebody to take them. */
  #release(): void {
    const events = this.#held
    this.#held = null
    if (events) this.#receive({ sequence: 0, events })
  }

  #caughtUp(): void {
    if (this.configuration.kind !== 'background' || this.#toldFinishEvents) return
    this.#toldFinishEvents = true
    void this.#queue.add(async () => this.#delegate?.didFinishEvents?.(this)).catch(reportUncaught)
  }

  /** The engine died. Another takes over what stands in the records, and is told again what does not. */
  #revive(): void {
    if (this.#invalid === 'yes') return
    const started = [...this.#inlets.values()].filter(({ task }) => task.started)
    if (started.length === 0 && this.configuration.kind !== 'background') return
    this.#host.open().then(
      () => started.forEach(({ introduce }) => introduce()),
      (error: unknown) => {
        const lost = URLError.from(error, 'backgroundSessionWasDisconnected')
        for (const { abandon } of started) abandon(lost)
      },
    )
  }

  #endWhenIdle(): void {
    if (this.#invalid !== 'finishing' || this.#inlets.size > 0) return
    this.#invalid = 'yes'
    void this.#host.close().then(() =>
      this.#queue.add(async () => {
        const delegate = this.#delegate
        this.#delegate = null
        try {
          await delegate?.didBecomeInvalid?.(this, null)
        } catch (cause) {
          this.#owner.report(cause)
        }
        this.#ended.resolve()
      }),
    )
  }

  #makeOwner(access: FileAccess): TaskOwner {
    return {
      settings: this.configuration.settings,
      queue: this.#queue,
      access,
      isInvalid: () => this.#invalid !== 'no',
      delegateFor: (task, method) => {
        if (typeof task.delegate?.[method] === 'function') return task.delegate
        return typeof this.#delegate?.[method] === 'function' ? this.#delegate : null
      },
      assertTaskDelegatesAllowed: () => {
        if (this.configuration.kind !== 'background') return
        const why = 'a task of a background session outlives every object, so it cannot have a delegate of its own'
        throw new URLError('unsupportedByPlatform', { phase: 'setup', why, hint: 'use the session’s delegate' })
      },
      completed: (task, settle) => this.#completed(task, settle),
      giveBack: ({ token }) => void this.#usedTokens.delete(token),
      report: reportUncaught,
    }
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
const isLive = (task: DownloadTask): boolean => task.started && task.state !== 'completed' && task.state !== 'canceling'

const requestOf = ({ url, headers }: ResumeData): { url: string; headers: [string, string][] } => ({
  url,
  headers: headers.map(([name, value]) => [name, value]),
})
