/**
 * The job of an upload: has its file at hand, runs one attempt after another, keeps in the record how far it is, and turns how it ends
 * into an outcome.
 */
import { IdleTimer } from '../../loading/idle-timer.ts'
import type { TaskMetrics } from '../../model/metrics.ts'
import type { ResumeData, UploadResumeData } from '../../model/resume-data.ts'
import type { ResponseRecord } from '../../model/response.ts'
import { fileOf } from '../../model/uid.ts'
import type { UploadAnswer, UploadClient, UploadProtocol } from '../../model/upload-protocol.ts'
import { describeCause, URLError } from '../../model/url-error.ts'
import type { Lock } from '../../ports/locks.ts'
import type { UploadMade, UploadRecord, UploadState } from '../../storage/records.ts'
import type { UploadSource } from '../../wire/commands.ts'
import type { EngineEvent } from '../../wire/events.ts'
import { Job, type Failure, type JobState, type OfThisSession } from '../job.ts'
import type { Transfer } from '../transfer.ts'
import type { TransferEvent } from '../transfer-machine.ts'
import { GrowingFile } from './growing-file.ts'
import { Pace } from './pace.ts'
import { granted, type ProtocolWish } from './page-protocol.ts'
import { protocolOf } from './protocols.ts'
import { UploadAttempt, type UploadAttemptParts } from './upload-attempt.ts'
import { defersLength } from './tus-lanes.ts'
import { Forbidden } from './upload-file.ts'
import type { UploadPlatform } from './upload-module.ts'
import { faultInUpload, sum, uploadInfo, uploadResumeData } from './upload-record.ts'
import { UploadSender } from './upload-sender.ts'
import { UploadSupply } from './upload-supply.ts'

/** Milliseconds that a server has to hear that it need not keep what it has. */
const FAREWELL = 3000
/** After so many questions without an answer a stream is read to its end before it is sent. */
const UNANSWERED = 3

/** What the session tells an upload. */
export type UploadMessage =
  | (ProtocolWish & { readonly attempt: number })
  | { readonly do: 'look' }
  | { readonly do: 'handle' }

export class UploadJob extends Job<UploadRecord> {
  readonly #platform: UploadPlatform
  readonly #supply: UploadSupply
  readonly #pace: Pace
  #client: UploadClient | null = null
  /** Attempts begun; the number of the present one. */
  #attempts = 0
  /** How often the server was asked what it can, and nothing came back. */
  #unanswered = 0
  /** Parts that wait for their turn under `bytesPerSecond`. */
  #waiting = 0
  #answer: UploadAnswer | null = null
  /** What the last refusal asked for, in milliseconds. */
  #retryAfter: number | null = null
  #sending = 0
  #accepted: number
  /** The most there ever was: only more than that is progress. */
  #highWater: number
  #lock: Lock | null = null

  constructor(
    transfer: Transfer<UploadRecord>,
    session: OfThisSession,
    source: UploadSource | null,
    platform: UploadPlatform,
  ) {
    super(transfer, session)
    this.#platform = platform
    this.#supply = new UploadSupply(transfer, source, platform)
    const { upload } = transfer.record
    const { clock } = transfer.tools.platform
    this.#pace = new Pace({ ...upload, now: () => clock.now() })
    this.#accepted = faultInUpload(transfer.record) === null ? sum(upload.made) : 0
    this.#highWater = this.#accepted
  }

  get state(): JobState {
    const { made, print, response } = this.#upload
    return { responded: made !== null, response, received: this.#accepted, total: print?.size ?? null }
  }

  /** A request that is under way cannot be held: it is ended, and gone on with later. */
  hold(): void {}

  unhold(): void {}

  holdTime(): number | null {
    const { made, protocol } = this.#upload
    // What cannot be sent twice goes on to its end.
    const once = protocol === 'plain' && made !== null && (made.state as { sent?: boolean })?.sent === true
    return once ? null : 0
  }

  isStuck(): boolean {
    return false
  }

  checkpoint(): Promise<void> {
    return this.transfer.save()
  }

  async run(last: boolean): Promise<TransferEvent | null> {
    const { abort, done } = this.begin()
    const { signal } = abort
    this.#retryAfter = null
    try {
      const answer = await this.#attempt(abort, last)
      const refused = answer.status < 400 ? null : refusal(answer)
      if (refused && (await this.#wish(refused, signal)) && !last) {
        // What was refused is over for its server: the next is another upload.
        await this.#keep(null)
        return this.#failed(refused)
      }
      this.#answer = answer
      return { type: 'filled' }
    } catch (thrown) {
      if (thrown instanceof Forbidden) return { type: 'forbidden' }
      const failure = await this.#asWished(thrown, signal)
      if (signal.aborted && !URLError.is(signal.reason)) return null
      return this.#failed(signal.aborted ? signal.reason : failure)
    } finally {
      this.#client = null
      this.#sending = 0
      done()
    }
  }

  override async stop(forGood = false): Promise<void> {
    await super.stop()
    if (forGood) await this.#supply.stop()
    await this.#endTurn()
  }

  async seal(signal: AbortSignal): Promise<boolean> {
    const { record } = this.transfer
    if (signal.aborted || !this.#answer) return false
    const { body, ...head } = this.#answer
    record.outcome = { type: 'uploaded', response: { ...this.#headOf(head), filename: '' }, data: body }
    await this.#over()
    await this.#endTurn()
    return true
  }

  async fail({ error, keepBytes }: Failure): Promise<UploadResumeData | null> {
    const { record } = this.transfer
    await this.stop(true)
    // Where another task goes on with this upload, its file and what the server has are not ours to remove.
    const isOurs = await this.#takeTurn().then(
      () => true,
      () => false,
    )
    const resumeData = keepBytes ? uploadResumeData(record) : null
    const told = error.with({ resumeData, bytesTransferred: this.#accepted })
    const { made } = this.#upload
    record.outcome = { type: 'failed', error: told.toRecord() }
    try {
      await this.#over()
    } catch (cause) {
      // The store is failing too; the page is told what happened first, which is what it can act on.
      record.outcome = { type: 'failed', error: told.with({ cause }).toRecord() }
    }
    if (isOurs && !keepBytes && made) await this.#farewell(made).catch(() => {})
    await this.#endTurn()
    return resumeData
  }

  async park(): Promise<ResumeData | null> {
    return null
  }

  outcome(metrics: TaskMetrics): EngineEvent | null {
    const { uid, outcome } = this.transfer.record
    if (outcome?.type === 'failed') return { type: 'failed', uid, error: outcome.error, metrics }
    if (outcome?.type !== 'uploaded') return null
    return { type: 'uploaded', uid, response: outcome.response, data: outcome.data, metrics }
  }

  /** The session's half of a protocol, or a user who answered. */
  override async hear(message: unknown): Promise<unknown> {
    const wish = message as UploadMessage
    if (wish.do === 'look') return this.transfer.again()
    if (wish.do === 'handle') return this.#upload.source.at === 'handle' ? this.#upload.source.handle : null
    if (!this.#client || wish.attempt !== this.#attempts)
      throw new URLError('cancelled', { url: this.transfer.record.request.url })
    return granted(wish, this.#client)
  }

  get #upload(): UploadState {
    return this.transfer.record.upload
  }

  async #attempt(abort: AbortController, last: boolean): Promise<UploadAnswer> {
    const { record, tools } = this.transfer
    const { signal } = abort
    const { url, timeout } = record.request
    const fault = faultInUpload(record)
    if (fault !== null)
      throw new URLError('recordUnreadable', { url, phase: 'storage', why: `its field "${fault}" cannot be read` })
    await this.#takeTurn()
    const file = await this.#supply.open(this.#accepted, record.upload.protocol === 'tus', signal)
    signal.throwIfAborted()
    const growing = file instanceof GrowingFile ? file : null
    const { clock } = tools.platform
    const limit = timeout ?? tools.settings.timeout.request
    const idle = new IdleTimer(clock, limit, () =>
      abort.abort(new URLError('timedOut', { url, phase: 'body', why: `nothing moved for ${limit} ms` })),
    )
    this.idle = idle
    const stopped = new AbortController()
    const ending = AbortSignal.any([signal, stopped.signal])
    const sender = this.#sender(file, idle, ending)
    this.#attempts += 1
    this.#waiting = 0
    this.#pace.begin()
    const client = this.#clientOf(sender, file, last, signal)
    this.#client = client
    idle.start()
    if (growing && !this.#upload.made && !(await this.#mayGrow(url, client)))
      await this.#resting(growing.until(() => false, ending))
    const attempt = new UploadAttempt({
      protocol: this.#protocol(signal),
      upload: uploadInfo(record, file),
      client,
      pace: this.#pace,
      growing: growing && this.#supplied(growing, ending),
      now: () => clock.now(),
      wait: (milliseconds) => this.#wait(milliseconds, ending),
      // Parts beside the one that failed.
      stop: () => stopped.abort(new URLError('cancelled', { url })),
      made: () => this.#upload.made,
      save: (made) => this.#keep(made),
      onAccepted: (bytes) => {
        this.#sending = sender.onTheWay
        this.#accept(bytes)
      },
    })
    try {
      return await attempt.run()
    } finally {
      this.#retryAfter = sender.retryAfter
      idle.stop()
    }
  }

  /** Asked some times: what keeps a page from seeing one answer may be a network that is gone for a moment. */
  async #mayGrow(url: string, client: UploadClient): Promise<boolean> {
    const defers = await defersLength(url, client)
    if (defers === null && ++this.#unanswered < UNANSWERED)
      throw new URLError('networkConnectionLost', { url, phase: 'connect', opaque: true, why: 'there was no answer' })
    return defers === true
  }

  /** One upload, one task: resume data may be in two hands. @throws {URLError} `badResumeData`. */
  async #takeTurn(): Promise<void> {
    const { record, tools } = this.transfer
    this.#lock ??= await tools.platform.locks.acquire(`urlsession:upload:${fileOf(record.uid)}`)
    if (this.#lock) return
    const { url } = record.request
    throw new URLError('badResumeData', { url, phase: 'setup', why: 'another task is going on with this upload' })
  }

  #protocol(signal: AbortSignal): UploadProtocol {
    const { record, tools } = this.transfer
    const { showsInformational } = this.#platform
    return protocolOf(record.upload, showsInformational, this.#attempts, (question) =>
      tools.questions.ask(record.uid, question, signal),
    )
  }

  #sender(file: Blob | GrowingFile, idle: IdleTimer, signal: AbortSignal): UploadSender {
    const { record, tools } = this.transfer
    const { request, uid } = record
    return new UploadSender({
      request: { ...request, headers: [...request.headers, ...this.session.headers] },
      file,
      loader: this.#platform.loader(tools),
      questions: tools.questions.of(uid, this.session.asks, signal),
      settings: tools.settings,
      clock: tools.platform.clock,
      idle,
      log: this.log,
      signal,
      onSending: (bytes) => {
        this.#sending = bytes
        this.#tellProgress()
      },
    })
  }

  #clientOf(sender: UploadSender, file: Blob | GrowingFile, last: boolean, signal: AbortSignal): UploadClient {
    return {
      last,
      signal,
      send: async (request, onInformational) => {
        const answer = await sender.send(request, onInformational)
        this.answered()
        return answer
      },
      read: async (from, to) => new Uint8Array(await (await file.slice(from, to)).arrayBuffer()),
      keep: (state) => this.#keep(this.#upload.made ? { ...this.#upload.made, state } : { ...UNCUT, state }),
    }
  }

  async #keep(made: UploadMade | null): Promise<void> {
    this.#upload.made = made
    await this.transfer.save()
  }

  #accept(bytes: number): void {
    this.#accepted = bytes
    if (bytes > this.#highWater) {
      this.#highWater = bytes
      this.transfer.advanced()
    }
    this.#tellProgress()
  }

  #tellProgress(): void {
    const { record, tools } = this.transfer
    const { total } = this.state
    const received = Math.min(total ?? Infinity, this.#accepted + this.#sending)
    tools.emit({ type: 'progress', uid: record.uid, received, total, accepted: this.#accepted })
  }

  async #wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (milliseconds <= 0) return
    const { clock } = this.transfer.tools.platform
    // Nothing is expected to move meanwhile.
    this.#waiting += 1
    this.idle?.stop()
    await new Promise<void>((resolve) => {
      const cancel = clock.after(milliseconds, resolve)
      signal.addEventListener('abort', () => (cancel(), resolve()), { once: true })
    })
    this.#waiting -= 1
    signal.throwIfAborted()
    if (this.#waiting === 0) this.idle?.start()
  }

  #supplied(growing: GrowingFile, signal: AbortSignal): UploadAttemptParts['growing'] {
    return {
      get ready() {
        return growing.ready
      },
      more: (isIdle) => (isIdle ? this.#resting(growing.next(signal)) : growing.next(signal)),
    }
  }

  /** Nothing is expected to move until something of our own has come. */
  async #resting(coming: Promise<void>): Promise<void> {
    this.idle?.stop()
    await coming
    this.idle?.start()
  }

  /** What an attempt failed with. Where a server answered, the caller's adapters may think otherwise than the rules; else they can only give up. */
  async #asWished(thrown: unknown, signal: AbortSignal): Promise<unknown> {
    if (signal.aborted || !URLError.is(thrown) || thrown.phase === 'storage') return thrown
    try {
      const wish = await this.#wish(thrown, signal)
      return wish === null || (wish && thrown.status === null) ? thrown : thrown.with({ retryable: wish })
    } catch (failure) {
      return failure
    }
  }

  async #wish(error: URLError, signal: AbortSignal): Promise<boolean | null> {
    const { record, tools } = this.transfer
    const questions = tools.questions.of(record.uid, this.session.asks, signal)
    return (await questions.retry?.(error, this.#attempts)) ?? null
  }

  #failed(thrown: unknown): TransferEvent {
    const { url } = this.transfer.record.request
    const error = this.counted(
      URLError.from(thrown, 'unknown', { url, retryable: false, why: describeCause(thrown) ?? 'for no reason' }),
    ).with({ bytesTransferred: this.#accepted })
    this.lastFailure = error
    if (!error.retryable) return { type: 'fatal', error, keepBytes: true }
    return { type: 'interrupted', error, retryAfter: this.#retryAfter }
  }

  /** Stores the outcome; after it, the copy of the file is of no use. */
  async #over(): Promise<void> {
    const { save, file, tools } = this.transfer
    await this.#supply.stop()
    await save()
    if (this.#lock) await tools.platform.files.remove(file).catch(() => {})
  }

  async #endTurn(): Promise<void> {
    await this.#lock?.release()
    this.#lock = null
  }

  #headOf({ url, status, statusText, headers }: Omit<UploadAnswer, 'body'>): Omit<ResponseRecord, 'filename'> {
    return { url, status, statusText, headers: [...headers] }
  }

  /** Tells the server that it need not keep what it has. */
  async #farewell({ state }: UploadMade): Promise<void> {
    const { abort, done } = this.begin()
    this.#attempts += 1
    const { clock } = this.transfer.tools.platform
    const { url } = this.transfer.record.request
    const late = clock.after(FAREWELL, () => abort.abort(new URLError('timedOut', { url })))
    const nothing = new Blob()
    const idle = new IdleTimer(clock, FAREWELL, () => {})
    try {
      const client = this.#clientOf(this.#sender(nothing, idle, abort.signal), nothing, true, abort.signal)
      this.#client = client
      await this.#protocol(abort.signal).cancel?.(uploadInfo(this.transfer.record, nothing), state, client)
    } finally {
      this.#client = null
      late()
      done()
    }
  }
}

const refusal = ({ url, status }: UploadAnswer): URLError =>
  new URLError('badServerResponse', { url, phase: 'response', status, why: `HTTP ${status}`, retryable: true })

const UNCUT = { lanes: null, least: 0, most: Number.MAX_SAFE_INTEGER, pieces: [] }
