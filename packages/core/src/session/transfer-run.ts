/** One transfer's line to the engine: what is sent for it, and what becomes of what the engine tells. */
import { named } from '../model/named-response.ts'
import type { ResumeData } from '../model/resume-data.ts'
import type { NormalRequest } from '../model/request.ts'
import type { TaskMetrics } from '../model/metrics.ts'
import { URLError } from '../model/url-error.ts'
import type { NewDownload, NewTransfer, NewUpload } from '../wire/commands.ts'
import type { EngineEvent } from '../wire/events.ts'
import type { LoadQuestions } from '../loading/loader.ts'
import type { Answer, Question } from '../wire/questions.ts'
import type { FileAccess } from './downloaded-file.ts'
import { MovedBytes } from './moved-bytes.ts'
import { type OpenQuestion, OpenQuestions } from './open-questions.ts'
import { noMetrics } from './task.ts'
import { answerTo, asksOf } from './transfer-questions.ts'
import type { AnyTask } from './delegate.ts'
import type { TransferInlet, TransferOrigin } from './transfer-task.ts'

type EventOf<Type extends EngineEvent['type']> = Extract<EngineEvent, { type: Type }>

/** What a run needs of the desk that keeps it. */
export interface RunKeeper extends FileAccess {
  /** Tells the engine that it may forget the task, and its file where nobody wants it. Never throws. */
  settle(uid: string, wanted: boolean): Promise<void>
  /** Who has a say in its requests. */
  questionsFor(inlet: TransferInlet): LoadQuestions
  /** What is sent. */
  requestOf(inlet: TransferInlet): NormalRequest
  /** Never throws. */
  answer(id: number, answer: () => Promise<Answer>): Promise<void>
  /** The run is over. */
  forget(run: TransferRun): void
}

export abstract class TransferRun<
  Own extends AnyTask = AnyTask,
  Origin extends TransferOrigin = TransferOrigin,
  Result = never,
> {
  readonly inlet: TransferInlet<Own, Origin, Result>
  protected readonly keeper: RunKeeper
  protected readonly bytes: MovedBytes
  protected cancelKeepsBytes = false
  readonly #questions: LoadQuestions
  readonly #request: NormalRequest
  readonly #asked = new OpenQuestions()

  constructor(inlet: TransferInlet<Own, Origin, Result>, keeper: RunKeeper) {
    this.inlet = inlet
    this.keeper = keeper
    this.bytes = new MovedBytes(inlet, inlet.origin.restored?.received ?? 0)
    this.#questions = keeper.questionsFor(inlet)
    this.#request = keeper.requestOf(inlet)
  }

  get uid(): string {
    return this.inlet.origin.uid
  }

  /** What the engine is told of it. */
  protected abstract describe(common: NewTransfer): NewDownload | NewUpload
  /** Bytes moved, and what was moved is told. */
  protected abstract moved(event: EventOf<'progress'>): void
  /** How it ended well. Must be its turn. */
  protected abstract finish(event: EventOf<'finished'> | EventOf<'uploaded'>): Promise<void>

  /** What is asked about the transfer and not about one of its requests. */
  protected answer(question: Question, open: OpenQuestion): Promise<Answer> {
    return answerTo(question, this.#questions, open)
  }

  /** Only where there is a file that a user picked. */
  async requestFilePermission(): Promise<boolean> {
    return false
  }

  /** Tells an engine of the task: the first time, or again after the engine was lost. */
  introduce(): void {
    const { task, renumber, isSuspended } = this.inlet
    if (task.state === 'completed') return
    this.#asked.withdrawAll(this.#url)
    const { call } = this.keeper
    this.#passed(call('create', this.describe(this.#common())).then(({ identifier }) => renumber(identifier)))
    if (task.state === 'canceling') this.#passed(call('cancel', this.uid, this.cancelKeepsBytes))
    else this.send(isSuspended() ? 'suspend' : 'resume')
  }

  send(command: 'resume' | 'suspend'): void {
    this.#passed(this.keeper.call(command, this.uid))
  }

  edit(change: { priority?: number; description?: string; beginAt?: number | null }): void {
    this.#passed(this.keeper.call('edit', this.uid, change))
  }

  async cancel(keepBytes: boolean): Promise<ResumeData | null> {
    this.cancelKeepsBytes = keepBytes
    try {
      return await this.keeper.call('cancel', this.uid, keepBytes)
    } catch {
      // The engine died on the way; the next one is told again by `introduce`.
      await this.inlet.task.finished.catch(() => {})
      return this.inlet.task.error?.resumeData ?? null
    }
  }

  /** There will be no engine, or it refused the task. */
  abandon(error: URLError): void {
    this.#failed(error.with({ url: error.url ?? this.inlet.task.originalRequest.url }), noMetrics())
  }

  receive(event: Extract<EngineEvent, { uid: string }>): void {
    const { task, teller, progress } = this.inlet
    if (task.state === 'completed') return
    switch (event.type) {
      case 'waiting':
        return this.inlet.waits(event.for, event.until)
      case 'waits-for-connectivity':
        return teller.tell('isWaitingForConnectivity', (delegate) => delegate.isWaitingForConnectivity?.(task))
      case 'response':
        return this.inlet.responded(named(event.response))
      case 'resumed-at':
        progress.update(event.offset, event.total)
        return this.bytes.resumed(event.offset, event.total)
      case 'progress':
        progress.update(event.received, event.total)
        return this.moved(event)
      case 'question':
        return this.#answer(event)
      case 'withdrawn':
        return this.#asked.withdraw(event.id, this.#url)
      case 'warning':
        return this.inlet.warn(event.warning)
      case 'finished':
      case 'uploaded':
        return void teller.turn(() => this.finish(event))
      case 'failed':
        return this.#failed(URLError.fromRecord(event.error), event.metrics)
    }
  }

  /** Ends the task. Must be its turn. */
  protected async over(
    error: URLError | null,
    metrics: TaskMetrics,
    result: Result | null = null,
    wanted: boolean = false,
  ): Promise<void> {
    const settle = (succeeded: boolean): Promise<void> => this.keeper.settle(this.uid, wanted && succeeded)
    this.#asked.withdrawAll(this.#url)
    await this.inlet.complete({ error, metrics, result, settle })
    this.keeper.forget(this)
  }

  /** What a cancelled task fails with although it was complete: whoever cancelled is obeyed. */
  protected get cancelled(): URLError | null {
    const { task } = this.inlet
    return task.state === 'canceling' ? new URLError('cancelled', { url: task.originalRequest.url }) : null
  }

  get #url(): string {
    return this.inlet.task.originalRequest.url
  }

  #answer({ id, question }: EventOf<'question'>): void {
    const open = this.#asked.begin(id)
    void this.keeper.answer(id, async () => {
      let answer: Answer = null
      try {
        return (answer = await this.answer(question, open))
      } finally {
        // A body is worked on until it is read.
        if (question.ask !== 'load' || answer === null) open.over()
      }
    })
  }

  /** No answer of a delegate can help it any more. */
  #failed(error: URLError, metrics: TaskMetrics): void {
    const { teller } = this.inlet
    void teller.turn(() => this.over(teller.failure ?? error, metrics), error)
  }

  #common(): NewTransfer {
    const { task, origin } = this.inlet
    return {
      uid: origin.uid,
      identifier: task.identifier,
      key: task.key,
      metadata: task.metadata,
      description: task.description,
      priority: task.priority,
      beginAt: task.earliestBeginDate?.getTime() ?? null,
      request: this.#request,
      asks: asksOf(this.#questions),
    }
  }

  /** A command whose failure is the task's, unless the engine died, after which it is introduced anew. */
  #passed(command: Promise<unknown>): void {
    command.catch((thrown: unknown) => {
      const error = URLError.from(thrown, 'unknown', { url: this.inlet.task.originalRequest.url })
      if (error.code !== 'backgroundSessionWasDisconnected' || !error.retryable) this.abandon(error)
    })
  }
}
