/** What all tasks of a session share: its delegate and their turns, numbers and names, and whether it still takes tasks. */
import type { SessionConfiguration, Settings } from '../model/configuration.ts'
import type { RequestAdapter } from '../model/adapter.ts'
import type { CookieJar } from '../model/cookie-jar.ts'
import type { Capabilities } from '../model/capabilities.ts'
import { normalizeRequest, type DataRequest, type RequestLike } from '../model/request.ts'
import { HTTP_SCHEMES, type AcceptedSchemes } from '../model/schemes.ts'
import { URLError } from '../model/url-error.ts'
import type { SessionEnvironment } from './session-environment.ts'
import { DelegateQueue } from './delegate-queue.ts'
import type { AnyTask, SessionDelegate, TaskDelegate, TaskDelegateMethod } from './delegate.ts'
import { reportUncaught } from './listeners.ts'
import type { TransferOwner } from './transfer-task.ts'
import type { URLSession } from './url-session.ts'

export class SessionCore implements TransferOwner {
  readonly configuration: SessionConfiguration
  readonly environment: SessionEnvironment
  readonly queue: DelegateQueue = new DelegateQueue()
  /** Tasks that were made and are not complete. */
  readonly live: Set<AnyTask> = new Set()
  /** Null once the session has become invalid. */
  delegate: SessionDelegate | null
  /** `finishing`: takes no more tasks, and ends with the last of those it has. */
  invalid: 'no' | 'finishing' | 'yes' = 'no'
  /** What the engine found, once it runs. */
  capabilities: Capabilities
  /** Called when the last task of a session that takes no more is over. */
  onIdle: () => void = () => {}
  readonly run: TransferOwner['run']
  /** What was made of resume data that is not used up: whoever keeps account of it says so. */
  giveBack: TransferOwner['giveBack'] = () => {}
  onCompleted: (task: AnyTask) => void = () => {}
  readonly #session: URLSession
  #nextIdentifier = 1

  constructor(
    configuration: SessionConfiguration,
    environment: SessionEnvironment,
    delegate: SessionDelegate | null | undefined,
    session: URLSession,
    run: TransferOwner['run'],
  ) {
    if (delegate !== undefined && delegate !== null && typeof delegate !== 'object')
      throw new TypeError(`URLSession: the delegate was ${typeof delegate}; allowed is an object with delegate methods`)
    this.#session = session
    this.run = run
    this.configuration = configuration
    this.environment = environment
    this.delegate = delegate ?? null
    this.capabilities = environment.capabilities(null, [])
  }

  get settings(): Settings {
    return this.configuration.settings
  }

  get adapters(): readonly RequestAdapter[] {
    return this.configuration.adapters
  }

  /** A checked copy of what the caller gave. @throws {URLError} `badURL`, `unsupportedURL` … @throws {TypeError} */
  request(given: RequestLike, schemes: AcceptedSchemes = this.schemes): DataRequest {
    return normalizeRequest(given, this.environment.baseURL, schemes, this.settings.cachePolicy)
  }

  /** What a URL may begin with. */
  get schemes(): AcceptedSchemes {
    if (this.isBackground) return HTTP_SCHEMES
    return this.configuration.protocols.length > 0 ? 'any' : this.environment.schemes
  }

  /** The session's own; null where it has none. */
  get cookies(): CookieJar | null {
    return this.environment.cookies?.(this.settings) ?? null
  }

  /** Resolves when cookies, answers and credentials that were kept are as durable as they get. */
  async flush(): Promise<void> {
    const { cache, credentialStorage } = this.configuration
    await Promise.all([this.cookies, cache, credentialStorage].map(async (one) => one?.flush()))
  }

  get isBackground(): boolean {
    return this.configuration.kind === 'background'
  }

  takeIdentifier(): number {
    return this.#nextIdentifier++
  }

  /** Numbers below `next` were given away in earlier lives. */
  identifiersFrom(next: number): void {
    this.#nextIdentifier = Math.max(this.#nextIdentifier, next)
  }

  /** A background session's tasks of earlier lives have all been told of. Must be its turn. */
  async tellFinishEvents(): Promise<void> {
    await this.delegate?.didFinishEvents?.(this.#session)
  }

  /** @throws {URLError} `sessionInvalid`. */
  assertValid(): void {
    if (this.invalid !== 'no') throw new URLError('sessionInvalid', { phase: 'setup', hint: 'make a new session' })
  }

  /** @throws {URLError} `duplicateKey`. */
  assertFreeKey(key: string | undefined, url: string): void {
    if (key === undefined) return
    for (const task of this.live)
      if (task.key === key && task.state !== 'completed')
        throw new URLError('duplicateKey', {
          url,
          phase: 'setup',
          why: `the key is "${key}", and task ${task.identifier} has it`,
          hint: 'find that one with session.tasks(), or use another key',
        })
  }

  assertTaskDelegatesAllowed(): void {
    if (!this.isBackground) return
    const why = 'a background session’s tasks outlive every object, so none has a delegate of its own'
    throw new URLError('unsupportedByPlatform', { phase: 'setup', why, hint: 'use the session’s delegate' })
  }

  isInvalid(): boolean {
    return this.invalid !== 'no'
  }

  delegateFor(task: AnyTask, method: TaskDelegateMethod): TaskDelegate | null {
    if (typeof task.delegate?.[method] === 'function') return task.delegate
    return typeof this.delegate?.[method] === 'function' ? this.delegate : null
  }

  made(task: AnyTask): void {
    this.live.add(task)
  }

  completed(task: AnyTask): void {
    this.onCompleted(task)
    this.live.delete(task)
    // Not before `finished` has settled.
    if (this.invalid === 'finishing') queueMicrotask(() => this.onIdle())
  }

  /** Loads a part of the library; one that cannot be had (a page gone offline) is tried again by the next who needs it. */
  async load<T>(part: () => Promise<T>): Promise<T> {
    try {
      return await part()
    } catch (cause) {
      const why = 'a part of the library could not be loaded'
      throw new URLError('backgroundSessionWasDisconnected', { why, phase: 'setup', retryable: false, cause })
    }
  }

  report(cause: unknown): void {
    reportUncaught(cause)
  }
}
