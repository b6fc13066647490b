/**
 * A session's side of its engine, loaded with the first transfer, or at once in a background session, to go on with what is
 * unfinished: passes on what tasks ask and what the engine tells, and introduces the tasks again when the engine died.
 */
import type { DataLane } from '../loading/data-lane.ts'
import { backgroundNamespace, SHARED_NAMESPACE } from '../model/namespace.ts'
import { named } from '../model/named-response.ts'
import type { NormalRequest } from '../model/request.ts'
import { URLError } from '../model/url-error.ts'
import { WIRE_VERSION, type TaskSnapshot, type Welcome } from '../wire/commands.ts'
import type { EngineEvent, EventBatch } from '../wire/events.ts'
import type { EngineHost } from '../wire/host.ts'
import { LazyHost } from '../wire/lazy-host.ts'
import type { LoadQuestions } from '../loading/loader.ts'
import type { Answer } from '../wire/questions.ts'
import { resultOf } from '../wire/result.ts'
import { DownloadRun } from './download-run.ts'
import type { DownloadInlet } from './download-task.ts'
import type { RunKeeper, TransferRun } from './transfer-run.ts'
import { restoredOrigin } from './restored-origin.ts'
import type { TransferInlet, TransferOrigin } from './transfer-task.ts'
import { UploadRun } from './upload-run.ts'
import type { UploadInlet } from './upload-task.ts'
import { sentCredentials } from './sent-credentials.ts'
import type { SessionCore } from './session-core.ts'
import { adapterQuestions } from './task-questions.ts'
import { asksOf, transferQuestions } from './transfer-questions.ts'
import { unreadableSnapshot } from './unreadable-snapshot.ts'

export class TransferDesk implements RunKeeper {
  readonly call: EngineHost['call'] = (name, ...args) => this.#host.call(name, ...args)
  readonly saveBlob: RunKeeper['saveBlob']
  readonly #core: SessionCore
  readonly #restoreTask: (origin: TransferOrigin, kind: TaskSnapshot['kind']) => TransferInlet
  readonly #lane: DataLane
  readonly #host: EngineHost
  readonly #runs = new Map<string, TransferRun>()
  /** Tasks that are complete here, of which an engine that died could not be told. */
  readonly #unsettled = new Map<string, () => Promise<void>>()
  /** Outcomes of an earlier life wait until somebody can take them. */
  #held: EngineEvent[] | null = null
  /** Tasks of earlier lives. */
  readonly #restored = new Set<string>()
  #toldFinishEvents = false

  constructor(
    core: SessionCore,
    restoreTask: (origin: TransferOrigin, kind: TaskSnapshot['kind']) => TransferInlet,
    lane: DataLane,
  ) {
    this.#core = core
    this.#lane = lane
    this.#restoreTask = restoreTask
    const { environment, configuration } = core
    const { kind, identifier, settings, engine } = configuration
    this.saveBlob = environment.saveBlob
    if (core.isBackground && !core.delegate) this.#held = []
    const hello = {
      wire: WIRE_VERSION,
      kind,
      namespace: identifier === null ? SHARED_NAMESPACE : backgroundNamespace(identifier),
      owner: environment.uid(),
      settings,
      // Of tasks of earlier lives; their own delegates are gone.
      asks: [...asksOf(adapterQuestions(core.adapters, core.schemes)), 'prepare' as const, 'answer' as const],
    }
    const options = {
      placement: engine.placement ?? 'auto',
      workerURL: engine.workerURL ?? null,
      createWorker: engine.createWorker ?? null,
    }
    this.#host = new LazyHost(() => environment.host(options), hello, {
      onEvents: (batch) => this.#receive(batch),
      onLost: () => this.#revive(),
      onWelcome: (welcome, refused) => this.#welcome(welcome, refused),
    })
  }

  run(inlet: TransferInlet): TransferRun {
    const { uid } = inlet.origin
    const known = this.#runs.get(uid)
    if (known) return known
    const run =
      inlet.task.kind === 'upload'
        ? new UploadRun(inlet as unknown as UploadInlet, this)
        : new DownloadRun(inlet as unknown as DownloadInlet, this)
    this.#runs.set(uid, run)
    return run
  }

  forget({ uid }: TransferRun): void {
    this.#runs.delete(uid)
  }

  questionsFor(inlet: TransferInlet): LoadQuestions {
    return transferQuestions(inlet, this.#core, this.#lane)
  }

  requestOf(inlet: TransferInlet): NormalRequest {
    const { request, proposed } = inlet.origin
    return { ...request, credentials: sentCredentials(request, { ...inlet, proposed }, this.#lane) }
  }

  async answer(id: number, answer: () => Promise<Answer>): Promise<void> {
    const result = await resultOf(answer)
    // The engine that asked may be gone, and the next one asks again.
    await this.#host.call('answer', id, result).catch(() => {})
  }

  async settle(uid: string, wanted: boolean): Promise<void> {
    const settle = (): Promise<void> => this.#host.call('settle', uid, wanted)
    // The engine died: the next one still has the outcome, which has been told and must not be told twice.
    await settle().catch(() => this.#unsettled.set(uid, settle))
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
    if (this.#runs.size > 0) await this.#host.call('flush')
  }

  close(): Promise<void> {
    return this.#host.close()
  }

  #welcome(welcome: Welcome, refused: readonly string[]): void {
    const core = this.#core
    core.capabilities = core.environment.capabilities(welcome.facts, refused)
    core.identifiersFrom(welcome.nextIdentifier)
    for (const snapshot of [...welcome.tasks, ...welcome.unreadable.map(unreadableSnapshot)]) {
      const { uid } = snapshot
      const settle = this.#unsettled.get(uid)
      this.#unsettled.delete(uid)
      if (settle) void settle().catch(() => this.#unsettled.set(uid, settle))
      else if (!this.#runs.has(uid)) {
        this.#restored.add(uid)
        const { response } = snapshot
        const shown = { ...snapshot, response: response && named(response) }
        this.run(this.#restoreTask(restoredOrigin(shown, core), snapshot.kind))
      }
    }
  }

  #receive({ events }: EventBatch): void {
    for (const event of events) {
      if (this.#held && this.#isOfEarlierLife(event)) this.#held.push(event)
      else if (event.type === 'caught-up') this.#caughtUp()
      else this.#runs.get(event.uid)?.receive(event)
    }
  }

  /** How a task of an earlier life ended, and that this was the last of them. */
  #isOfEarlierLife(event: EngineEvent): boolean {
    if (event.type === 'caught-up') return true
    return 'metrics' in event && this.#restored.has(event.uid)
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
    const runs = [...this.#runs.values()]
    if (runs.length === 0 && !this.#core.isBackground) return
    this.#host.open().then(
      () => runs.forEach((run) => run.introduce()),
      (error: unknown) => {
        const lost = URLError.from(error, 'backgroundSessionWasDisconnected')
        for (const run of runs) run.abandon(lost)
      },
    )
  }
}
