/**
 * Performs what the transfer machine decides, for one download: owns its record, its part file and its
 * running attempt. It takes no decision of its own about what comes next.
 */
import type { Loader } from '../loading/loader.ts'
import type { Settings } from '../model/configuration.ts'
import { countBytes } from '../model/byte-ranges.ts'
import type { ResumeData } from '../model/resume-data.ts'
import { fileOf } from '../model/uid.ts'
import { URLError } from '../model/url-error.ts'
import type { WarningCode } from '../model/warning.ts'
import type { Platform } from '../ports/platform.ts'
import type { Ledger } from '../storage/ledger.ts'
import type { Entity, TransferRecord } from '../storage/records.ts'
import type { EngineEvent } from '../wire/events.ts'
import type { Ask } from '../wire/questions.ts'
import { DownloadAttempt, type AttemptEnd } from './download/attempt.ts'
import { finishedOutcome, outcomeEvent, park, sealFile } from './download/outcome.ts'
import { PartFile } from './download/part-file.ts'
import { resumable } from './download/resume-rules.ts'
import { Gate } from '../loading/gate.ts'
import { IdleTimer } from '../loading/idle-timer.ts'
import type { Scheduler } from '../loading/scheduler.ts'
import { strandedIn } from './stranded.ts'
import { TransactionLog } from '../loading/transaction-log.ts'
import type { Questions } from './questions.ts'
import {
  HOLD_TIME,
  initialState,
  transition,
  waitingFor,
  type TransferEffect,
  type TransferEvent,
  type TransferState,
} from './transfer-machine.ts'
import { holdTime, UNKNOWN_SPEED } from './hold-time.ts'
import { TransferTimers } from './transfer-timers.ts'

export interface RunnerTools {
  readonly platform: Platform
  readonly ledger: Ledger
  readonly loader: Loader
  readonly scheduler: Scheduler
  readonly settings: Settings
  readonly questions: Questions
  readonly emit: (event: EngineEvent) => void
  /** The transfer is over and its record gone. */
  readonly onOver: (uid: string) => void
  /** The host answered. */
  readonly onReachable: (host: string) => void
}

/**
 * Milliseconds between two checkpoints, and how long one may take before reading waits for it: together the second of
 * bytes that a death may cost. Flushing is the expensive part, so by time and not by bytes.
 */
const CHECKPOINT_INTERVAL = 500
/** How long a stalled connection may stay silent once the network came back or the machine woke up. */
const HURRIED_IDLE = 5000

/** What is known of a task only while the session that made it lives. */
export interface OfThisSession {
  /** The credential headers that are never stored. */
  readonly headers: readonly (readonly [string, string])[]
  readonly asks: readonly Ask[]
}

export class TransferRunner {
  readonly record: TransferRecord
  readonly #tools: RunnerTools
  readonly #session: OfThisSession
  readonly #log = new TransactionLog()
  readonly #gate = new Gate()
  #state: TransferState
  #part: PartFile | null = null
  #attempt: { abort: AbortController; ended: Promise<void> } | null = null
  #idle: IdleTimer | null = null
  #identity = false
  #askedForPlain = false
  /** The most bytes there ever were: only more than that is progress, or a server that cannot resume would be asked for ever. */
  #highWater: number
  /** Bytes that were told of are gone, which the next answer has to tell. */
  #lost = false
  /** What the last attempt failed with; null once there is an answer. */
  #lastFailure: URLError | null = null
  #checkpointing: Promise<void> | null = null
  #checkpointed = 0
  /** Bytes that were there then. */
  #then = 0
  /** Of the answer that is coming in, when it was looked at last. */
  #speed = 0
  readonly #timers: TransferTimers
  #resumeData: ResumeData | null = null
  /** Settles when the outcome is stored, for whoever cancelled and waits for the resume data. */
  readonly #ended: PromiseWithResolvers<void> = Promise.withResolvers()

  constructor(record: TransferRecord, session: OfThisSession, tools: RunnerTools) {
    this.record = record
    this.#session = session
    this.#tools = tools
    this.#timers = new TransferTimers(tools.platform.clock)
    this.#highWater = countBytes(record.ranges)
    this.#state = initialState({
      responded: record.entity !== null,
      fruitless: record.fruitless,
      deadline: record.deadline,
      beginAt: record.beginAt,
      ...(record.outcome ? { phase: { name: 'delivering' } } : {}),
    })
  }

  get uid(): string {
    return this.record.uid
  }

  /** The name of its bytes in the file store. */
  get file(): string {
    return fileOf(this.record.uid)
  }

  get host(): string {
    return new URL(this.record.request.url).host
  }

  get waitsForNetwork(): boolean {
    return waitingFor(this.#state).for === 'connectivity'
  }

  /** Bytes that are there, durable or not. */
  get received(): number {
    return this.#part?.received ?? countBytes(this.record.ranges)
  }

  /** Goes on where an earlier life stopped. */
  recover(): void {
    const { record } = this
    if (record.outcome) return strandedIn(this.#tools.platform.files, record) ? this.#strand() : this.#tell()
    if (record.running && record.withheld.length > 0)
      this.#warn(
        'credentialsNotStored',
        `the request's ${record.withheld.join(', ')} was not stored; give it in the configuration's headers to send it again`,
      )
    if (record.deadline !== null) this.#armDeadline(record.deadline)
    if (record.running) this.dispatch({ type: 'resume' })
  }

  dispatch(event: TransferEvent): void {
    const { clock, chance, connectivity } = this.#tools.platform
    const before = waitingFor(this.#state)
    const [state, effects] = transition(this.#state, event, {
      now: clock.now(),
      chance: chance.next(),
      online: connectivity.online,
      url: this.record.request.url,
      settings: this.#tools.settings,
    })
    this.#state = state
    const after = waitingFor(state)
    if (after.for !== before.for || after.until !== before.until)
      this.#tools.emit({ type: 'waiting', uid: this.uid, for: after.for, until: after.until })
    for (const effect of effects) this.#perform(effect)
  }

  /** Ends the transfer; the resume data, where bytes were kept, once everything is stored. */
  async cancel(keepBytes: boolean): Promise<ResumeData | null> {
    this.dispatch({ type: 'cancel', keepBytes })
    if (this.#state.phase.name === 'over') return null
    await this.#ended.promise
    return this.#resumeData
  }

  /** Puts the bytes of a finished file aside; null where they could not be gone on with. */
  async park(): Promise<ResumeData | null> {
    const { outcome, destination } = this.record
    const entity = resumable(this.record)
    if (outcome?.type !== 'finished' || !entity || destination !== null) return null
    return park(this.#tools.ledger, this.record, entity, this.#tools.platform.clock.now())
  }

  /** Makes everything received durable. */
  async checkpoint(): Promise<void> {
    await this.#checkpointing
    if (this.#part) await this.#storeCheckpoint(this.#part)
    else await this.#save()
  }

  /** Stops without an outcome, as if the process died, but with the last bytes made durable. */
  async halt(): Promise<void> {
    this.#timers.disarmAll()
    this.#tools.scheduler.release(this.uid)
    await this.#stopAttempt()
    if (this.#state.phase.name === 'ending') await this.#ended.promise
    this.#state = { ...this.#state, phase: { name: 'over' } }
  }

  #perform(effect: TransferEffect): void {
    const { scheduler, emit } = this.#tools
    switch (effect.do) {
      case 'save':
        return this.#inBackground(this.#save())
      case 'request-slot':
        return this.#requestSlot()
      case 'release-slot':
        return scheduler.release(this.uid)
      case 'start':
        return this.#inBackground(this.#run())
      case 'hold':
        // A read may be under way, which nobody waits for now.
        this.#idle?.stop()
        return this.#gate.close()
      case 'unhold':
        this.#idle?.start()
        return this.#gate.open()
      case 'stop':
        return this.#inBackground(this.#stopAttempt().then(() => this.dispatch({ type: 'stopped' })))
      case 'timer':
        return this.#armTimer(effect.delay, effect.event)
      case 'clear-timer':
        return this.#timers.disarm()
      case 'deadline':
        return this.#armDeadline(effect.at)
      case 'hurry':
        return this.#idle?.hurry(HURRIED_IDLE)
      case 'seal':
        return this.#inBackground(this.#seal())
      case 'fail':
        return this.#inBackground(this.#fail(effect.error, effect.keepBytes))
      case 'deliver':
        return this.#tell()
      case 'say-waiting':
        return emit({ type: 'waits-for-connectivity', uid: this.uid })
      case 'say-retrying':
        return this.#warn('retrying', `${effect.error.message}; trying again in ${effect.delay} ms`)
      case 'forget':
        return this.#forget()
    }
  }

  #requestSlot(): void {
    const { scheduler, platform } = this.#tools
    // Without its bytes it waits, as long as this engine lives: only what cannot be gone on with may start over here.
    if (strandedIn(platform.files, this.record) && resumable(this.record)) return this.#strand()
    scheduler.request(this.uid, this.host, this.record.priority, () => this.dispatch({ type: 'slot' }))
  }

  #strand(): void {
    const { store } = this.record
    this.#warn(
      'storedElsewhere',
      `its bytes are in ${store}, which is out of reach this time; it waits for an engine that has it`,
    )
  }

  #armTimer(most: number, event: 'due' | 'hold-over'): void {
    const left = (this.record.entity?.total ?? Infinity) - this.received
    this.#timers.arm(event === 'due' ? most : holdTime(most, left, this.#speed), () => {
      // What cannot be gone on with is worth its open connection for as long as the server keeps it.
      if (event === 'hold-over' && this.record.entity && !resumable(this.record)) this.#armTimer(most, event)
      else this.dispatch({ type: event })
    })
  }

  /** One attempt, from opening the file to the verdict. */
  async #run(): Promise<void> {
    // A suspension that ended without its connection leaves the door closed.
    this.#gate.open()
    this.#speed = 0
    const { abort, done } = this.#begin()
    let end: AttemptEnd
    try {
      end = await this.#runAttempt(abort)
      await this.#closeAttempt()
      // Before the attempt counts as ended, so that whoever stops it waits for this too.
      if (end.end === 'restart') await this.#startOver(end)
    } catch (error) {
      end = {
        end: 'fatal',
        error: URLError.from(error, 'cannotWriteToFile', { url: this.record.request.url, phase: 'storage' }),
        keepBytes: true,
      }
    } finally {
      done()
    }
    this.#concluded(end)
  }

  /** Something is under way until `done`; whoever stops the attempt waits for it. */
  #begin(): { abort: AbortController; done: () => void } {
    const abort = new AbortController()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#attempt = { abort, ended: promise }
    const done = (): void => {
      this.#attempt = null
      resolve()
    }
    return { abort, done }
  }

  async #runAttempt(abort: AbortController): Promise<AttemptEnd> {
    const { platform, loader, settings, questions } = this.#tools
    const { record } = this
    const { clock } = platform
    const part = await this.#openPart()
    if (abort.signal.aborted) return { end: 'aborted' }
    const url = record.request.url
    const limit = record.request.timeout ?? settings.timeout.request
    const idle = new IdleTimer(clock, limit, () =>
      abort.abort(new URLError('timedOut', { url, phase: 'body', why: `nothing arrived for ${limit} ms` })),
    )
    this.#idle = idle
    const attempt = new DownloadAttempt(
      {
        number: this.#log.count + 1,
        request: { ...record.request, headers: [...record.request.headers, ...this.#session.headers] },
        entity: record.entity,
        identity: this.#identity || (record.entity?.encoded ?? false),
        mayAskAgain: !this.#askedForPlain,
        last: this.#state.fruitless + 1 >= settings.retry.attempts,
        maximumSize: record.maximumSize,
      },
      {
        loader,
        questions: questions.of(this.uid, this.#session.asks, abort.signal),
        part,
        clock,
        idle,
        gate: this.#gate,
        signal: abort.signal,
        available: () => platform.files.available(),
      },
      {
        onResponse: (entity, offset, first) => this.#responded(entity, offset, first),
        onEncoded: () => {
          if (record.entity) record.entity = { ...record.entity, total: null, encoded: true }
        },
        onBytes: (received) => {
          this.#advance(received)
          this.#tools.emit({ type: 'progress', uid: this.uid, received, total: record.entity?.total ?? null })
          return this.#checkpointWhenDue(part)
        },
        onAdvice: (message) => this.#warn('headersHidden', message),
        onTransaction: (metrics) => this.#log.add(metrics),
      },
    )
    return attempt.run()
  }

  #concluded(end: AttemptEnd): void {
    switch (end.end) {
      case 'filled':
        return this.dispatch({ type: 'filled' })
      case 'restart': {
        const error = new URLError('badServerResponse', { phase: 'response', why: end.why, retryable: true })
        return this.dispatch({ type: 'restart', error: this.#counted(error) })
      }
      case 'interrupted':
        this.#lastFailure = end.error
        return this.dispatch({ type: 'interrupted', error: this.#counted(end.error), retryAfter: end.retryAfter })
      case 'fatal':
        return this.dispatch({ type: 'fatal', error: this.#counted(end.error), keepBytes: end.keepBytes })
      case 'aborted':
    }
  }

  async #openPart(): Promise<PartFile> {
    if (this.#part) return this.#part
    const { platform, ledger } = this.#tools
    const { record } = this
    const { files } = platform
    if (strandedIn(files, record)) {
      this.#lose('startedOver', `its bytes are in ${record.store}, out of reach, and cannot be gone on with`)
      Object.assign(record, { entity: null, ranges: [], digest: null })
    }
    const claimed = countBytes(record.ranges)
    if (claimed === 0) record.store = files.kind
    // The record first: a file that no record names is swept away by the next start of any session.
    await ledger.save(record)
    this.#part = await PartFile.open(files, this.file, record, record.integrity, platform.digest)
    const there = this.#part.received
    if (there < claimed) {
      this.#lose('evicted', `${claimed - there} of ${claimed} stored bytes are gone, and are loaded again`)
      record.ranges = this.#part.ranges.map(([from, to]): [number, number] => [from, to])
      this.#highWater = there
    }
    return this.#part
  }

  async #responded(entity: Entity, offset: number, first: boolean): Promise<void> {
    const { record } = this
    const hadBytes = countBytes(record.ranges) > 0
    record.entity = entity
    if (offset === 0) {
      if (hadBytes)
        this.#lose('startedOver', 'the server sent the whole instead of the rest, so the download starts over')
      record.ranges = []
      record.digest = null
    }
    await this.#save()
    this.#checkpointed = this.#tools.platform.clock.now()
    this.#then = offset
    this.#speed = UNKNOWN_SPEED
    this.#lastFailure = null
    this.dispatch({ type: 'responded' })
    // From now on something can pile up.
    if (this.#state.phase.name === 'held') this.#armTimer(HOLD_TIME, 'hold-over')
    this.#tools.onReachable(this.host)
    // Part after part of one answer is one response to whoever listens.
    if (!first && offset > 0) return
    const { emit } = this.#tools
    emit({ type: 'response', uid: this.uid, response: entity.response, total: entity.total })
    if (offset > 0 || this.#lost) emit({ type: 'resumed-at', uid: this.uid, offset, total: entity.total })
    this.#lost = false
  }

  /** Bytes that were told of are gone: says why, and where the count goes on with the next answer. */
  #lose(code: 'startedOver' | 'evicted', message: string): void {
    this.#lost = true
    this.#warn(code, message)
  }

  #advance(received: number): void {
    if (received <= this.#highWater) return
    this.#highWater = received
    const { phase } = this.#state
    if (phase.name === 'loading' && !phase.advanced) this.dispatch({ type: 'advanced' })
  }

  /** Returns a promise to wait for when the disk is too slow for what arrives. */
  #checkpointWhenDue(part: PartFile): void | Promise<void> {
    const now = this.#tools.platform.clock.now()
    if (now - this.#checkpointed < CHECKPOINT_INTERVAL) return
    if (this.#checkpointing) return this.#checkpointing
    this.#speed = (part.received - this.#then) / (now - this.#checkpointed)
    this.#checkpointed = now
    this.#checkpointing = this.#storeCheckpoint(part)
      .catch((error: unknown) => {
        // A flush that fails means the bytes are not safe: the attempt ends, the old checkpoint stands.
        this.#attempt?.abort.abort(URLError.from(error, 'cannotWriteToFile', { phase: 'storage' }))
      })
      .finally(() => {
        this.#checkpointing = null
        this.#checkpointed = this.#tools.platform.clock.now()
        this.#then = part.received
      })
  }

  async #storeCheckpoint(part: PartFile): Promise<void> {
    await part.checkpoint(this.record)
    await this.#save()
  }

  async #startOver({ why, identity }: Extract<AttemptEnd, { end: 'restart' }>): Promise<void> {
    const { record } = this
    this.#identity = identity
    this.#askedForPlain ||= identity
    if (this.received > 0) this.#lose('startedOver', `${why}, so the download starts over`)
    const part = await this.#openPart()
    await part.startOver(() => {
      Object.assign(record, { entity: null, ranges: [], digest: null })
      return this.#save()
    })
  }

  /** After an attempt: bytes durable and recorded. */
  async #closeAttempt(): Promise<void> {
    await this.#checkpointing
    const part = this.#part
    if (!part) return
    await this.#storeCheckpoint(part)
  }

  async #stopAttempt(): Promise<void> {
    this.#gate.open()
    this.#attempt?.abort.abort()
    await this.#attempt?.ended
    await this.#closePart()
  }

  async #closePart(): Promise<void> {
    const part = this.#part
    this.#part = null
    await part?.close()
  }

  async #seal(): Promise<void> {
    const { record } = this
    const { abort, done } = this.#begin()
    try {
      const part = await this.#openPart()
      const size = part.received
      const digest = await sealFile(part, size, record.integrity, record.request.url)
      await this.#closePart()
      const { platform } = this.#tools
      if ((await platform.files.size(this.file)) !== size)
        throw new URLError('cannotWriteToFile', {
          phase: 'storage',
          why: 'the file is not as long as what was written',
        })
      if (abort.signal.aborted) return
      const { destination } = record
      const moves = typeof destination === 'string'
      if (destination !== null && !moves) await platform.place(this.file, size, destination)
      record.ranges = size > 0 ? [[0, size]] : []
      record.outcome = finishedOutcome(platform, record, size, digest)
      await this.#save()
      if (moves && abort.signal.aborted) return
      // Last: after a move only the outcome tells the next life what became of the bytes, and without one it moves again.
      if (moves) await platform.place(this.file, size, destination)
      this.dispatch({ type: 'sealed' })
    } catch (error) {
      const failure = URLError.from(error, 'cannotWriteToFile', { url: record.request.url, phase: 'storage' })
      this.dispatch({
        type: 'fatal',
        error: this.#counted(failure),
        keepBytes: failure.code !== 'fileIntegrityMismatch',
      })
    } finally {
      done()
    }
  }

  async #fail(error: URLError, keepBytes: boolean): Promise<void> {
    const { ledger, platform } = this.#tools
    const { record } = this
    let told = error
    try {
      await this.#stopAttempt()
      const entity = resumable(record)
      if (keepBytes && entity && record.ranges.length > 0) {
        this.#resumeData = await park(ledger, record, entity, platform.clock.now())
        told = error.with({ resumeData: this.#resumeData, bytesTransferred: this.#resumeData.received })
      } else record.ranges = []
      record.outcome = { type: 'failed', error: told.toRecord() }
      await ledger.save(record)
      if (!this.#resumeData) await platform.files.remove(this.file)
    } catch (cause) {
      // The store is failing too; the page is told what happened first, which is what it can act on.
      record.outcome = { type: 'failed', error: told.with({ cause }).toRecord() }
    }
    this.dispatch({ type: 'ended' })
    this.#ended.resolve()
    this.#tell()
  }

  /** Tells the stored outcome; also again, after a reload, when nobody settled it. */
  #tell(): void {
    this.#timers.disarmAll()
    this.#ended.resolve()
    const metrics = this.#log.metrics(this.record.createdAt, this.#tools.platform.clock.now())
    const event = outcomeEvent(this.record, metrics)
    if (event) this.#tools.emit(event)
  }

  #forget(): void {
    this.#inBackground(this.#tools.ledger.remove(this.uid))
    this.#tools.onOver(this.uid)
  }

  #save(): Promise<void> {
    const { record } = this
    record.running = this.#state.wanted
    record.deadline = this.#state.deadline
    record.fruitless = this.#state.fruitless
    return this.#tools.ledger.save(record)
  }

  #armDeadline(at: number): void {
    this.#timers.armDeadline(at, () => this.dispatch({ type: 'deadline', last: this.#lastFailure }))
  }

  #counted(error: URLError): URLError {
    return error.with({ attempts: this.#log.count, url: error.url ?? this.record.request.url })
  }

  #warn(code: WarningCode, message: string): void {
    this.#tools.emit({ type: 'warning', uid: this.uid, warning: { code, message } })
  }

  /** Work whose failure can only be the store's: it ends the transfer rather than being lost. */
  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      const failure = URLError.from(error, 'cannotWriteToFile', { url: this.record.request.url, phase: 'storage' })
      this.dispatch({ type: 'fatal', error: this.#counted(failure), keepBytes: true })
    })
  }
}
