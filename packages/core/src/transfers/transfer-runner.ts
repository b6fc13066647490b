/**
 * Performs what the transfer machine decides, for one transfer: owns its record and its state, and has a job (job.ts) that knows how a
 * download or an upload does it. It takes no decision of its own about what comes next.
 */
import type { ResumeData } from '../model/resume-data.ts'
import { fileOf } from '../model/uid.ts'
import { URLError } from '../model/url-error.ts'
import type { TransferRecord } from '../storage/records.ts'
import type { Job } from './job.ts'
import type { RunnerTools, Transfer } from './transfer.ts'
import {
  HOLD_TIME,
  initialState,
  transition,
  waitingFor,
  type TransferEffect,
  type TransferEvent,
  type TransferState,
} from './transfer-machine.ts'
import { TransferTimers } from './transfer-timers.ts'

export class TransferRunner {
  readonly record: TransferRecord
  readonly #tools: RunnerTools
  readonly #transfer: Transfer<TransferRecord>
  readonly job: Job
  readonly #timers: TransferTimers
  #state: TransferState
  #resumeData: ResumeData | null = null
  /** Settles when the outcome is stored, for whoever cancelled and waits for the resume data. */
  readonly #ended: PromiseWithResolvers<void> = Promise.withResolvers()

  /** @param hire Finds the job for the transfer's kind. */
  constructor(record: TransferRecord, hire: (transfer: Transfer<TransferRecord>) => Job, tools: RunnerTools) {
    this.record = record
    this.#tools = tools
    this.#transfer = {
      record,
      tools,
      file: fileOf(record.uid),
      save: () => this.#save(),
      responded: () => this.#responded(),
      advanced: () => this.#advanced(),
      again: () => this.dispatch({ type: 'due' }),
      warn: (code, message) => tools.emit({ type: 'warning', uid: record.uid, warning: { code, message } }),
    }
    this.job = hire(this.#transfer)
    this.#timers = new TransferTimers(tools.platform.clock)
    this.#state = initialState({
      responded: this.job.state.responded,
      fruitless: record.fruitless,
      deadline: record.deadline,
      beginAt: record.beginAt,
      ...(record.outcome ? { phase: { name: 'delivering' } } : {}),
    })
  }

  get uid(): string {
    return this.record.uid
  }

  get host(): string {
    return new URL(this.record.request.url).host
  }

  get waitsForNetwork(): boolean {
    return waitingFor(this.#state).for === 'connectivity'
  }

  /** Goes on where an earlier life stopped. */
  recover(): void {
    const { record } = this
    if (record.outcome) return this.job.isStuck() ? undefined : this.#tell()
    if (record.running && record.withheld.length > 0)
      this.#transfer.warn(
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
  park(): Promise<ResumeData | null> {
    return this.job.park()
  }

  /** Makes everything received durable. */
  checkpoint(): Promise<void> {
    return this.job.checkpoint()
  }

  /** Stops without an outcome, as if the process died, but with the last bytes made durable. */
  async halt(): Promise<void> {
    this.#timers.disarmAll()
    this.#tools.scheduler.release(this.uid)
    await this.job.stop(true)
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
      case 'unhold':
      case 'hurry':
        return this.job[effect.do]()
      case 'stop':
        return this.#inBackground(this.job.stop().then(() => this.dispatch({ type: 'stopped' })))
      case 'timer':
        return this.#armTimer(effect.delay, effect.event)
      case 'clear-timer':
        return this.#timers.disarm()
      case 'deadline':
        return this.#armDeadline(effect.at)
      case 'seal':
        return this.#inBackground(this.#seal())
      case 'fail':
        return this.#inBackground(this.#fail(effect))
      case 'deliver':
        return this.#tell()
      case 'say-waiting':
        return emit({ type: 'waits-for-connectivity', uid: this.uid })
      case 'say-retrying':
        return this.#transfer.warn('retrying', `${effect.error.message}; trying again in ${effect.delay} ms`)
      case 'forget':
        this.#inBackground(this.#tools.ledger.remove(this.uid))
        return this.#tools.onOver(this.uid)
    }
  }

  #requestSlot(): void {
    if (this.job.isStuck()) return
    const grant = (): void => this.dispatch({ type: 'slot' })
    this.#tools.scheduler.request(this.uid, this.host, this.record.priority, grant)
  }

  #armTimer(most: number, event: 'due' | 'hold-over'): void {
    const hold = event === 'due' ? most : this.job.holdTime(most)
    this.#timers.arm(hold ?? most, () => {
      if (event === 'hold-over' && this.job.holdTime(most) === null) this.#armTimer(most, event)
      else this.dispatch({ type: event })
    })
  }

  async #run(): Promise<void> {
    const next = await this.job.run(this.#state.fruitless + 1 >= this.#tools.settings.retry.attempts)
    if (next) this.dispatch(next)
  }

  #responded(): void {
    this.dispatch({ type: 'responded' })
    // From now on something can pile up.
    if (this.#state.phase.name === 'held') this.#armTimer(HOLD_TIME, 'hold-over')
  }

  /** Said with every piece of an answer, and to be decided on with the first. */
  #advanced(): void {
    const { phase } = this.#state
    if (phase.name === 'loading' && !phase.advanced) this.dispatch({ type: 'advanced' })
  }

  async #seal(): Promise<void> {
    const { abort, done } = this.job.begin()
    try {
      if (await this.job.seal(abort.signal)) this.dispatch({ type: 'sealed' })
    } catch (error) {
      this.#failedToStore(error)
    } finally {
      done()
    }
  }

  async #fail(failure: Extract<TransferEffect, { do: 'fail' }>): Promise<void> {
    this.#resumeData = await this.job.fail(failure)
    this.dispatch({ type: 'ended' })
    this.#tell()
  }

  /** Tells the stored outcome; also again, after a reload, when nobody settled it. */
  #tell(): void {
    this.#timers.disarmAll()
    this.#ended.resolve()
    const metrics = this.job.log.metrics(this.record.createdAt, this.#tools.platform.clock.now())
    const event = this.job.outcome(metrics)
    if (event) this.#tools.emit(event)
  }

  #save(): Promise<void> {
    const { record } = this
    record.running = this.#state.wanted
    record.deadline = this.#state.deadline
    record.fruitless = this.#state.fruitless
    return this.#tools.ledger.save(record)
  }

  #armDeadline(at: number): void {
    this.#timers.armDeadline(at, () => this.dispatch({ type: 'deadline', last: this.job.lastFailure }))
  }

  /** Work whose failure can only be the store's: it ends the transfer rather than being lost. */
  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => this.#failedToStore(error))
  }

  #failedToStore(error: unknown): void {
    const failure = URLError.from(error, 'cannotWriteToFile', { url: this.record.request.url, phase: 'storage' })
    // Bytes that are wrong are of no use to anybody.
    this.dispatch({
      type: 'fatal',
      error: this.job.counted(failure),
      keepBytes: failure.code !== 'fileIntegrityMismatch',
    })
  }
}
