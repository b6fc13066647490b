/** One download's line to the engine: what is sent for it, and what becomes of what the engine tells. */
import { parseIntegrity } from '../model/integrity.ts'
import { named } from '../model/named-response.ts'
import { URLResponse } from '../model/response.ts'
import type { ResumeData } from '../model/resume-data.ts'
import { URLError } from '../model/url-error.ts'
import type { NewDownload } from '../wire/commands.ts'
import type { EngineEvent } from '../wire/events.ts'
import type { LoadQuestions } from '../loading/loader.ts'
import type { Question } from '../wire/questions.ts'
import { DownloadedFile, type FileAccess } from './downloaded-file.ts'
import type { DownloadInlet, DownloadResult } from './download-task.ts'
import { asksOf } from './transfer-questions.ts'
import { noMetrics } from './task.ts'

type Success = Extract<EngineEvent, { type: 'finished' }>

/** What a run needs of the desk that keeps it. */
export interface RunKeeper extends FileAccess {
  /** Tells the engine that it may forget the task, and its file where nobody wants it. Never throws. */
  settle(uid: string, wanted: boolean): Promise<void>
  /** Who has a say in its requests. */
  questionsFor(inlet: DownloadInlet): LoadQuestions
  /** Never throws. */
  answer(id: number, question: Question, questions: LoadQuestions): Promise<void>
  /** The run is over. */
  forget(run: DownloadRun): void
}

export class DownloadRun {
  readonly inlet: DownloadInlet
  /** The file is being handed over, or was refused: it is too late to cancel. */
  finishing = false
  readonly #keeper: RunKeeper
  readonly #questions: LoadQuestions
  #cancelKeepsBytes = false

  constructor(inlet: DownloadInlet, keeper: RunKeeper) {
    this.inlet = inlet
    this.#keeper = keeper
    this.#questions = keeper.questionsFor(inlet)
  }

  get uid(): string {
    return this.inlet.origin.uid
  }

  /** Tells an engine of the task: the first time, or again after the engine was lost. */
  introduce(): void {
    const { task, renumber, isSuspended } = this.inlet
    if (task.state === 'completed') return
    const { call } = this.#keeper
    this.#passed(call('create', this.#newDownload()).then(({ identifier }) => renumber(identifier)))
    if (task.state === 'canceling') this.#passed(call('cancel', this.uid, this.#cancelKeepsBytes))
    else this.send(isSuspended() ? 'suspend' : 'resume')
  }

  send(command: 'resume' | 'suspend'): void {
    this.#passed(this.#keeper.call(command, this.uid))
  }

  edit(change: { priority?: number; description?: string; beginAt?: number | null }): void {
    this.#passed(this.#keeper.call('edit', this.uid, change))
  }

  async cancel(keepBytes: boolean): Promise<ResumeData | null> {
    this.#cancelKeepsBytes = keepBytes
    try {
      return await this.#keeper.call('cancel', this.uid, keepBytes)
    } catch {
      // The engine died on the way; the next one is told again by `introduce`.
      await this.inlet.task.finished.catch(() => {})
      return this.inlet.task.error?.resumeData ?? null
    }
  }

  /** There will be no engine, or it refused the task. */
  abandon(error: URLError): void {
    const { owner, teller, task } = this.inlet
    const told = error.with({ url: error.url ?? task.originalRequest.url })
    void owner.queue.add(() => this.#over(teller.failure ?? told, noMetrics()))
  }

  receive(event: Extract<EngineEvent, { uid: string }>): void {
    const { task, teller, progress, owner } = this.inlet
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
        return teller.tellResumed(event.offset, event.total)
      case 'progress':
        progress.update(event.received, event.total)
        return teller.tellWritten()
      case 'question':
        return void this.#keeper.answer(event.id, event.question, this.#questions)
      case 'warning':
        return this.inlet.warn(event.warning)
      case 'finished':
        return void owner.queue.add(() => this.#finish(event))
      case 'failed':
        return void owner.queue.add(() => this.#over(teller.failure ?? URLError.fromRecord(event.error), event.metrics))
    }
  }

  #newDownload(): NewDownload {
    const { task, origin } = this.inlet
    const { options, request, resumeData, uid } = origin
    return {
      uid,
      identifier: task.identifier,
      key: task.key,
      metadata: task.metadata,
      description: task.description,
      priority: task.priority,
      beginAt: task.earliestBeginDate?.getTime() ?? null,
      request,
      resumeData,
      integrity: options.integrity === undefined ? null : parseIntegrity(options.integrity),
      connections: options.connections ?? 1,
      maximumSize: options.maximumSize ?? null,
      destination: options.destination ?? null,
      asks: asksOf(this.#questions),
      adopted: origin.adopted !== null,
    }
  }

  /** A command whose failure is the task's, unless the engine died, after which it is introduced anew. */
  #passed(command: Promise<unknown>): void {
    command.catch((thrown: unknown) => {
      const error = URLError.from(thrown, 'unknown', { url: this.inlet.task.originalRequest.url })
      if (error.code !== 'backgroundSessionWasDisconnected' || !error.retryable) this.abandon(error)
    })
  }

  async #finish({ file, response: head, metrics }: Success): Promise<void> {
    const { task, teller, origin, progress, responded } = this.inlet
    const response = named(head)
    responded(response)
    const reference = { ...file, name: response.filename }
    const downloaded = new DownloadedFile(reference, this.#keeper)
    // Whoever cancelled is obeyed, though the file was there already.
    const cancelled = task.state === 'canceling' ? new URLError('cancelled', { url: task.originalRequest.url }) : null
    this.finishing = true
    const taker = origin.promised || cancelled ? null : teller.for('didFinishDownloading')
    if (taker) await teller.ask('didFinishDownloading', (delegate) => delegate.didFinishDownloading?.(task, downloaded))
    const { failure } = teller
    // A delegate that failed to take a file of gigabytes must not cost its bytes.
    const keeps = failure !== null || (cancelled !== null && this.#cancelKeepsBytes)
    const kept = keeps ? await this.#keeper.call('park', this.uid).catch(() => null) : null
    const error = (failure ?? cancelled)?.with({ resumeData: kept, bytesTransferred: reference.size }) ?? null
    progress.end(error ? null : reference.size)
    const result = error ? null : { file: downloaded, response: new URLResponse(response) }
    await this.#over(error, metrics, result, taker === null && !error)
  }

  async #over(
    error: URLError | null,
    metrics: Success['metrics'],
    result: DownloadResult | null = null,
    wanted: boolean = false,
  ): Promise<void> {
    const settle = (succeeded: boolean): Promise<void> => this.#keeper.settle(this.uid, wanted && succeeded)
    await this.inlet.complete({ error, metrics, result, settle })
    this.#keeper.forget(this)
  }
}
