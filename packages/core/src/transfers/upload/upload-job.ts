/**
 * The job of an upload: has its file at hand, runs one attempt after another, keeps in the record how far it is, and turns how it ends
 * into an outcome.
 */
import { IdleTimer } from '../../loading/idle-timer.ts'
import type { TaskMetrics } from '../../model/metrics.ts'
import type { ResumeData, UploadResumeData } from '../../model/resume-data.ts'
import type { ResponseRecord } from '../../model/response.ts'
import { fileOf } from '../../model/uid.ts'
import type { UploadAnswer, UploadClient, UploadInfo, UploadProtocol } from '../../model/upload-protocol.ts'
import { describeCause, URLError } from '../../model/url-error.ts'
import type { Lock } from '../../ports/locks.ts'
import type { UploadMade, UploadRecord, UploadState } from '../../storage/records.ts'
import type { UploadSource } from '../../wire/commands.ts'
import type { EngineEvent } from '../../wire/events.ts'
import { Job, type Failure, type JobState, type OfThisSession } from '../job.ts'
import type { Transfer } from '../transfer.ts'
import type { TransferEvent } from '../transfer-machine.ts'
import { COPY_BUDGET, copyToStore } from './copy-to-store.ts'
import { Pace } from './pace.ts'
import { granted, type ProtocolWish } from './page-protocol.ts'
import { protocolOf } from './protocols.ts'
import { UploadAttempt } from './upload-attempt.ts'
import { Forbidden, UploadFile } from './upload-file.ts'
import type { UploadPlatform } from './upload-module.ts'
import { faultInUpload, sum, uploadResumeData } from './upload-record.ts'
import { UploadSender } from './upload-sender.ts'

/** Milliseconds that a server has to hear that it need not keep what it has. */
const FAREWELL = 3000

/** What the session tells an upload. */
export type UploadMessage =
  | (ProtocolWish & { readonly attempt: number })
  | { readonly do: 'look' }
  | { readonly do: 'handle' }

export class UploadJob extends Job<UploadRecord> {
  readonly #platform: UploadPlatform
  readonly #file: UploadFile
  readonly #pace: Pace
  #client: UploadClient | null = null
  /** Attempts begun; the number of the present one. */
  #attempts = 0
  /** Parts that wait for their turn under `bytesPerSecond`. */
  #waiting = 0
  #answer: UploadAnswer | null = null
  /** What the last refusal asked for, in milliseconds. */
  #retryAfter: number | null = null
  #sending = 0
  #accepted: number
  /** The most there ever was: only more than that is progress. */
  #highWater: number
  #copying: { readonly abort: AbortController; readonly done: Promise<void> } | null = null
  #lock: Lock | null = null
  /** A stream is being read, which cannot be read twice: it goes on while the task is suspended. */
  #spooling = false
  #held: PromiseWithResolvers<void> | null = null

  constructor(
    transfer: Transfer<UploadRecord>,
    session: OfThisSession,
    source: UploadSource | null,
    platform: UploadPlatform,
  ) {
    super(transfer, session)
    this.#platform = platform
    this.#file = new UploadFile(transfer, source, platform)
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
  hold(): void {
    this.#held ??= Promise.withResolvers()
  }

  unhold(): void {
    this.#held?.resolve()
    this.#held = null
  }

  holdTime(): number | null {
    const { made, protocol } = this.#upload
    // What cannot be sent twice goes on to its end.
    const once = protocol === 'plain' && made !== null && (made.state as { sent?: boolean })?.sent === true
    return once || this.#spooling ? null : 0
  }

  isStuck(): boolean {
    return false
  }

  checkpoint(): Promise<void> {
    return this.transfer.save()
  }

  async run(last: boolean): Promise<TransferEvent | null> {
    const { abort, done } = this.begin()
    this.#retryAfter = null
    try {
      this.#answer = await this.#attempt(abort, last)
      return { type: 'filled' }
    } catch (thrown) {
      if (thrown instanceof Forbidden) return { type: 'forbidden' }
      if (abort.signal.aborted && !URLError.is(abort.signal.reason)) return null
      return this.#failed(abort.signal.aborted ? abort.signal.reason : thrown)
    } finally {
      this.#client = null
      this.#sending = 0
      this.unhold()
      done()
    }
  }

  override async stop(): Promise<void> {
    this.#copying?.abort.abort()
    await super.stop()
    await this.#copying?.done
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
    await this.stop()
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
    const file = await this.#open(signal)
    signal.throwIfAborted()
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
    const attempt = new UploadAttempt({
      protocol: this.#protocol(signal),
      upload: this.#info(file),
      client,
      pace: this.#pace,
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
    idle.start()
    try {
      return await attempt.run()
    } catch (thrown) {
      this.#retryAfter = sender.retryAfter
      throw thrown
    } finally {
      idle.stop()
    }
  }

  /** One upload, one task: resume data may be in two hands. @throws {URLError} `badResumeData`. */
  async #takeTurn(): Promise<void> {
    const { record, tools } = this.transfer
    this.#lock ??= await tools.platform.locks.acquire(`urlsession:upload:${fileOf(record.uid)}`)
    if (this.#lock) return
    const { url } = record.request
    throw new URLError('badResumeData', { url, phase: 'setup', why: 'another task is going on with this upload' })
  }

  async #open(signal: AbortSignal): Promise<Blob> {
    const { tools } = this.transfer
    const { fleeting } = this.#file
    if (fleeting instanceof ReadableStream) await this.#spool(fleeting, signal)
    else if (fleeting instanceof Blob && !this.#copying && (await this.#isWorthACopy(fleeting))) this.#copy(fleeting)
    const { questions } = tools
    const { uid } = this.transfer.record
    const question = { ask: 'body', offset: this.#accepted } as const
    return this.#file.open(async () => {
      const source = (await questions.ask(uid, question, signal)) as UploadSource | null
      if (source?.from instanceof ReadableStream) await this.#spool(source.from, signal)
      return source
    })
  }

  async #spool(stream: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<void> {
    const { tools, file, save } = this.transfer
    this.#spooling = true
    try {
      this.#file.stored(await copyToStore(stream, tools.platform.files, file, signal))
    } finally {
      this.#spooling = false
    }
    await save()
    // What is suspended sends nothing.
    const stopped = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => stopped.resolve(), { once: true })
    if (this.#held) await Promise.race([this.#held.promise, stopped.promise])
    signal.throwIfAborted()
  }

  async #isWorthACopy({ size }: Blob): Promise<boolean> {
    const { hello, platform } = this.transfer.tools
    if (hello.kind !== 'background' || size > COPY_BUDGET || platform.files.kind === 'memory') return false
    const available = await platform.files.available()
    return available === null || size * 2 < available
  }

  /** Beside the upload, which need not wait for it. */
  #copy(blob: Blob): void {
    const { tools, file, warn, save } = this.transfer
    const abort = new AbortController()
    const done = copyToStore(blob, tools.platform.files, file, abort.signal)
      .then((size) => {
        this.#file.stored(size)
        return save()
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted)
          warn('notCopied', `it cannot go on after a reload by itself: ${describeCause(error)}`)
      })
      .finally(() => (this.#copying = null))
    this.#copying = { abort, done }
  }

  #protocol(signal: AbortSignal): UploadProtocol {
    const { record, tools } = this.transfer
    const { showsInformational } = this.#platform
    return protocolOf(record.upload, showsInformational, this.#attempts, (question) =>
      tools.questions.ask(record.uid, question, signal),
    )
  }

  #info({ size }: Blob): UploadInfo {
    const { request, uid, metadata, upload } = this.transfer.record
    const { name, type, chunkSize, parallel } = upload
    const { url, method, headers } = request
    return { url, method, headers, size, name, type, metadata, id: fileOf(uid), chunkSize, parallel }
  }

  #sender(file: Blob, idle: IdleTimer, signal: AbortSignal): UploadSender {
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

  #clientOf(sender: UploadSender, file: Blob, last: boolean, signal: AbortSignal): UploadClient {
    return {
      last,
      signal,
      send: async (request, onInformational) => {
        const answer = await sender.send(request, onInformational)
        this.answered()
        return answer
      },
      read: async (from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer()),
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
    this.#copying?.abort.abort()
    await this.#copying?.done
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
      await this.#protocol(abort.signal).cancel?.(this.#info(nothing), state, client)
    } finally {
      this.#client = null
      late()
      done()
    }
  }
}

const UNCUT = { lanes: null, least: 0, most: Number.MAX_SAFE_INTEGER, pieces: [] }
