/**
 * The job of a download: its attempts, one at a time, and its end. Owns the connection that is open, or the work that takes its place, and
 * wires it to the record, the bytes (stored-bytes.ts) and whoever listens.
 */
import { Gate } from '../../loading/gate.ts'
import { IdleTimer } from '../../loading/idle-timer.ts'
import type { TaskMetrics } from '../../model/metrics.ts'
import type { ResumeData } from '../../model/resume-data.ts'
import { URLError } from '../../model/url-error.ts'
import type { DownloadRecord, Entity } from '../../storage/records.ts'
import type { EngineEvent } from '../../wire/events.ts'
import { parkFinished, seal, storeFailure } from '../ending.ts'
import { holdTime } from '../hold-time.ts'
import { Job, type Failure, type JobState, type OfThisSession } from '../job.ts'
import { StoredBytes } from '../stored-bytes.ts'
import { isStranded, warnStranded } from '../stranded.ts'
import type { Transfer } from '../transfer.ts'
import type { TransferEvent } from '../transfer-machine.ts'
import { DownloadAttempt, type AttemptEnd, type AttemptListener } from './attempt.ts'
import { outcomeEvent } from './outcome.ts'
import type { PartFile } from './part-file.ts'
import { resumable } from './resume-rules.ts'

export class DownloadJob extends Job<DownloadRecord> {
  readonly #bytes: StoredBytes
  readonly #gate = new Gate()
  #identity = false
  #askedForPlain = false

  constructor(transfer: Transfer, session: OfThisSession) {
    super(transfer, session)
    this.#bytes = new StoredBytes(transfer)
  }

  get state(): JobState {
    const { entity } = this.transfer.record
    return {
      responded: entity !== null,
      response: entity?.response ?? null,
      received: this.#bytes.received,
      total: entity?.total ?? null,
    }
  }

  /** Keeps the connection open, and unread. */
  hold(): void {
    // A read may be under way, which nobody waits for now.
    this.idle?.stop()
    this.#gate.close()
  }

  unhold(): void {
    this.idle?.start()
    this.#gate.open()
  }

  holdTime(most: number): number | null {
    const { record } = this.transfer
    // What cannot be gone on with is worth its open connection for as long as the server keeps it.
    if (record.entity && !resumable(record)) return null
    const { received, total } = this.state
    return holdTime(most, (total ?? Infinity) - received, this.#bytes.speed)
  }

  isStuck(): boolean {
    const { record } = this.transfer
    // Only what cannot be gone on with may start over here.
    if (!isStranded(this.transfer) || !(record.outcome || resumable(record))) return false
    warnStranded(this.transfer)
    return true
  }

  async checkpoint(): Promise<void> {
    if (!(await this.#bytes.checkpoint())) await this.transfer.save()
  }

  seal(signal: AbortSignal): Promise<boolean> {
    return seal(this.transfer, this.#bytes, signal)
  }

  fail(failure: Failure): Promise<ResumeData | null> {
    return storeFailure(this.transfer, failure, () => this.stop())
  }

  park(): Promise<ResumeData | null> {
    return parkFinished(this.transfer)
  }

  outcome(metrics: TaskMetrics): EngineEvent | null {
    return outcomeEvent(this.transfer.record, metrics)
  }

  /** Ends what is under way; its bytes are durable and the file closed when it settles. */
  override async stop(): Promise<void> {
    this.#gate.open()
    await super.stop()
    await this.#bytes.close()
  }

  /**
   * One attempt, from opening the file to the verdict. Never rejects.
   * @param last After a failure there will be no other.
   * @returns What the machine is to be told; null when it stopped the attempt itself.
   */
  async run(last: boolean): Promise<TransferEvent | null> {
    // A suspension that ended without its connection leaves the door closed.
    this.#gate.open()
    this.#bytes.speed = 0
    const { abort, done } = this.begin()
    let end: AttemptEnd
    try {
      end = await this.#attempt(abort, last)
      await this.#bytes.checkpoint()
      // Before the attempt counts as ended, so that whoever stops it waits for this too.
      if (end.end === 'restart') {
        this.#identity = end.identity
        this.#askedForPlain ||= end.identity
        await this.#bytes.startOver(end.why)
      }
    } catch (error) {
      const { url } = this.transfer.record.request
      end = {
        end: 'fatal',
        error: URLError.from(error, 'cannotWriteToFile', { url, phase: 'storage' }),
        keepBytes: true,
      }
    } finally {
      done()
    }
    return this.#verdict(end)
  }

  #verdict(end: AttemptEnd): TransferEvent | null {
    switch (end.end) {
      case 'filled':
        return { type: 'filled' }
      case 'restart': {
        const error = new URLError('badServerResponse', { phase: 'response', why: end.why, retryable: true })
        return { type: 'restart', error: this.counted(error) }
      }
      case 'interrupted':
        this.lastFailure = end.error
        return { type: 'interrupted', error: this.counted(end.error), retryAfter: end.retryAfter }
      case 'fatal':
        return { type: 'fatal', error: this.counted(end.error), keepBytes: end.keepBytes }
      case 'aborted':
        return null
    }
  }

  async #attempt(abort: AbortController, last: boolean): Promise<AttemptEnd> {
    const { record, tools } = this.transfer
    const { platform, loader, settings, questions } = tools
    const { clock } = platform
    const adopted = this.session.adopted && this.log.count === 0
    const part = await this.#bytes.open()
    if (abort.signal.aborted) return { end: 'aborted' }
    const { url, timeout, headers } = record.request
    const limit = timeout ?? settings.timeout.request
    const idle = new IdleTimer(clock, limit, () =>
      abort.abort(new URLError('timedOut', { url, phase: 'body', why: `nothing arrived for ${limit} ms` })),
    )
    this.idle = idle
    const attempt = new DownloadAttempt(
      {
        number: this.log.count + 1,
        request: { ...record.request, headers: [...headers, ...this.session.headers] },
        entity: record.entity,
        identity: this.#identity || (record.entity?.encoded ?? false),
        mayAskAgain: !this.#askedForPlain && !adopted,
        last: last || adopted,
        maximumSize: record.maximumSize,
      },
      {
        loader,
        questions: questions.of(record.uid, this.session.asks, abort.signal),
        part,
        clock,
        idle,
        gate: this.#gate,
        signal: abort.signal,
        available: () => platform.files.available(),
      },
      this.#listener(part, abort),
    )
    return attempt.run()
  }

  #listener(part: PartFile, abort: AbortController): AttemptListener {
    const { record, tools, advanced, warn } = this.transfer
    const { uid } = record
    return {
      onResponse: (entity, offset, first) => this.#responded(entity, offset, first),
      onEncoded: () => {
        if (record.entity) record.entity = { ...record.entity, total: null, encoded: true }
      },
      onBytes: (received) => {
        if (this.#bytes.advance(received)) advanced()
        tools.emit({ type: 'progress', uid, received, total: record.entity?.total ?? null })
        return this.#bytes.checkpointWhenDue(part, (error) => abort.abort(error))
      },
      onAdvice: (message) => warn('headersHidden', message),
      onTransaction: (metrics, onTheWay) => this.log.add(metrics, onTheWay),
    }
  }

  async #responded(entity: Entity, offset: number, first: boolean): Promise<void> {
    const { record, tools } = this.transfer
    const { uid } = record
    await this.#bytes.answered(entity, offset)
    this.answered()
    // Part after part of one answer is one response to whoever listens.
    if (!first && offset > 0) return
    tools.emit({ type: 'response', uid, response: entity.response, total: entity.total })
    if (this.#bytes.takeLost() || offset > 0) tools.emit({ type: 'resumed-at', uid, offset, total: entity.total })
  }
}
