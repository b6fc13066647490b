/**
 * A session's side of its engine: makes the mirrors of transfers, passes on what the engine tells, and introduces them
 * again when the engine died. The engine starts with the first transfer, or at once in a background session, to go on
 * with what is unfinished.
 */
import type { Capabilities } from '../model/capabilities.ts'
import { checkDownloadOptions } from '../model/download-options.ts'
import { backgroundNamespace, SHARED_NAMESPACE } from '../model/namespace.ts'
import { normalizeRequest, storableRequest, type RequestLike } from '../model/request.ts'
import { claimsToBeResumeData, parseResumeData, type ResumeData } from '../model/resume-data.ts'
import { nextGeneration } from '../model/uid.ts'
import { URLError } from '../model/url-error.ts'
import { assertSecure } from '../loading/transport-security.ts'
import { WIRE_VERSION, type TaskSnapshot, type Welcome } from '../wire/commands.ts'
import type { EngineEvent, EventBatch } from '../wire/events.ts'
import type { EngineHost } from '../wire/host.ts'
import type { AnyTask } from './delegate.ts'
import { DownloadTask, type TaskInlet } from './download-task.ts'
import { assertFitForBackground, assertPlace } from './download-limits.ts'
import type { FileAccess } from './downloaded-file.ts'
import type { SessionCore } from './session-core.ts'
import type { DownloadOptions } from './task-options.ts'
import type { TransferOwner } from './task-owner.ts'
import { unreadableSnapshot } from './unreadable-snapshot.ts'

export class TransferDesk {
  readonly access: FileAccess
  readonly #core: SessionCore
  readonly #host: EngineHost
  readonly #owner: TransferOwner
  readonly #inlets = new Map<string, TaskInlet>()
  /** Tokens of resume data that were used in this life. */
  readonly #usedTokens = new Set<string>()
  /** Tasks that are complete here, of which an engine that died could not be told. */
  readonly #unsettled = new Map<string, () => Promise<void>>()
  #capabilities: Capabilities | null = null
  /** Outcomes of an earlier life wait until somebody can take them. */
  #held: EngineEvent[] | null = null
  /** Tasks of earlier lives. */
  readonly #restored = new Set<string>()
  #toldFinishEvents = false

  constructor(core: SessionCore) {
    this.#core = core
    const { environment, configuration } = core
    const { kind, identifier, settings, engine } = configuration
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
    this.access = { call: (name, ...args) => this.#host.call(name, ...args), saveBlob: environment.saveBlob }
    this.#owner = this.#makeOwner()
    if (!core.isBackground) return
    if (!core.delegate) this.#held = []
    // Unfinished transfers go on without being asked; why they cannot, tasks() and each new task tell.
    queueMicrotask(() => void this.#host.open().catch(() => {}))
  }

  get capabilities(): Capabilities {
    return (this.#capabilities ??= this.#core.environment.capabilities(null, []))
  }

  /** @param promised The file is handed over by a promise, not to a delegate. */
  make(request: unknown, given: unknown, promised: boolean): DownloadTask {
    const core = this.#core
    core.assertValid()
    const options = checkDownloadOptions(given) as DownloadOptions
    const resumeData = claimsToBeResumeData(request) ? parseResumeData(request) : null
    const wanted = resumeData ? requestOf(resumeData) : (request as RequestLike)
    const normal = storableRequest(normalizeRequest(wanted, core.environment.baseURL()))
    assertSecure(normal.url, core.settings.transportSecurity)
    if (core.isBackground) {
      if (options.delegate) core.assertTaskDelegatesAllowed()
      assertFitForBackground(normal, promised)
    }
    assertPlace(options.destination, normal.url, core.environment.saveBlob === null)
    core.assertFreeKey(options.key, normal.url)
    // Made absolute now: the process may be somewhere else when the file is there.
    if (typeof options.destination === 'string')
      options.destination = core.environment.absolutePath?.(options.destination) ?? options.destination
    const uid = resumeData ? this.#useToken(resumeData) : core.environment.uid()
    const identifier = core.takeIdentifier()
    const inlet = this.#add({ uid, identifier, request: normal, options, resumeData, promised, restored: null })
    inlet.tellCreated()
    return inlet.task
  }

  /** Starts the engine; a background session's tasks of earlier lives are only known then. */
  async open(): Promise<void> {
    await this.#host.open()
  }

  /** Lets the events go that waited for somebody to take them. */
  release(): void {
    const events = this.#held
    this.#held = null
    if (events) this.#receive({ sequence: 0, events })
  }

  /** Resolves when everything that was received is durable. */
  async flush(): Promise<void> {
    if (this.#inlets.size > 0) await this.#host.call('flush')
  }

  close(): Promise<void> {
    return this.#host.close()
  }

  #add(origin: Parameters<typeof DownloadTask.make>[0]): TaskInlet {
    const inlet = DownloadTask.make(origin, this.#owner)
    this.#inlets.set(origin.uid, inlet)
    this.#core.made(inlet.task)
    return inlet
  }

  #useToken({ token, url }: ResumeData): string {
    if (this.#usedTokens.has(token))
      throw new URLError('badResumeData', { url, phase: 'setup', why: 'it was used before, and can be used once' })
    this.#usedTokens.add(token)
    return nextGeneration(token)
  }

  #welcome(welcome: Welcome, refused: readonly string[]): void {
    this.#capabilities = this.#core.environment.capabilities(welcome.facts, refused)
    this.#core.identifiersFrom(welcome.nextIdentifier)
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
    const known = Number.isSafeInteger(snapshot.identifier + 1)
    const identifier = known ? snapshot.identifier : this.#core.takeIdentifier()
    const options = {
      ...(key === null ? {} : { key }),
      ...(metadata === null ? {} : { metadata }),
      ...(beginAt === null ? {} : { earliestBeginDate: new Date(beginAt) }),
      description,
      priority,
    }
    this.#restored.add(uid)
    this.#add({ uid, identifier, request, options, resumeData: null, promised: false, restored: snapshot })
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

  #caughtUp(): void {
    const core = this.#core
    if (!core.isBackground || this.#toldFinishEvents) return
    this.#toldFinishEvents = true
    void core.queue.add(() => core.tellFinishEvents()).catch((cause: unknown) => core.report(cause))
  }

  /** The engine died. Another takes over what stands in the records, and is told again what does not. */
  #revive(): void {
    if (this.#core.invalid === 'yes') return
    const started = [...this.#inlets.values()].filter(({ task }) => task.started)
    if (started.length === 0 && !this.#core.isBackground) return
    this.#host.open().then(
      () => started.forEach(({ introduce }) => introduce()),
      (error: unknown) => {
        const lost = URLError.from(error, 'backgroundSessionWasDisconnected')
        for (const { abandon } of started) abandon(lost)
      },
    )
  }

  #uidOf(task: AnyTask): string {
    return [...this.#inlets].find(([, inlet]) => inlet.task === task)?.[0] ?? ''
  }

  /** A task that no engine ever took has used up nothing. */
  #giveBackToken({ error, started }: AnyTask, uid: string): void {
    if (!started || error?.code.startsWith('backgroundSession'))
      for (const token of this.#usedTokens) if (nextGeneration(token) === uid) this.#usedTokens.delete(token)
  }

  #makeOwner(): TransferOwner {
    const core = this.#core
    return {
      settings: core.settings,
      queue: core.queue,
      access: this.access,
      isInvalid: () => core.isInvalid(),
      delegateFor: (task, method) => core.delegateFor(task, method),
      assertTaskDelegatesAllowed: () => core.assertTaskDelegatesAllowed(),
      made: (task) => core.made(task),
      settle: async (task, wanted) => {
        const uid = this.#uidOf(task)
        const settle = (): Promise<void> => this.#host.call('settle', uid, wanted)
        // The engine died: the next one still has the outcome, which has been told and must not be told twice.
        await settle().catch(() => this.#unsettled.set(uid, settle))
      },
      completed: (task) => {
        const uid = this.#uidOf(task)
        this.#inlets.delete(uid)
        this.#giveBackToken(task, uid)
        core.completed(task)
      },
      giveBack: ({ token }) => void this.#usedTokens.delete(token),
      report: (cause) => core.report(cause),
    }
  }
}

const requestOf = ({ url, headers }: ResumeData): { url: string; headers: [string, string][] } => ({
  url,
  headers: headers.map(([name, value]) => [name, value]),
})
