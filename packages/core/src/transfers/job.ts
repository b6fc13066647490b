/**
 * What one kind of transfer does for its runner: the runner and its machine know when something is done, a job knows how. Owns what
 * all kinds have in common: what is under way, what it cost, and what it failed with.
 */
import { TransactionLog } from '../loading/transaction-log.ts'
import type { IdleTimer } from '../loading/idle-timer.ts'
import type { TaskMetrics } from '../model/metrics.ts'
import type { ResumeData } from '../model/resume-data.ts'
import type { ResponseRecord } from '../model/response.ts'
import type { URLError } from '../model/url-error.ts'
import type { TransferRecord } from '../storage/records.ts'
import type { EngineEvent } from '../wire/events.ts'
import type { Ask } from '../wire/questions.ts'
import type { Transfer } from './transfer.ts'
import type { TransferEvent } from './transfer-machine.ts'

/** How long a stalled connection may stay silent once the network came back or the machine woke up. */
const HURRIED_IDLE = 5000

/** What is known of a task only while the session that made it lives. */
export interface OfThisSession {
  /** The credential headers that are never stored. */
  readonly headers: readonly (readonly [string, string])[]
  readonly asks: readonly Ask[]
  /** The first answer is there already, and is the one that is wanted. */
  readonly adopted: boolean
}

/** What the record says of a failure, before anything is told. */
export interface Failure {
  readonly error: URLError
  readonly keepBytes: boolean
}

/** How far it is. */
export interface JobState {
  /** A server answered usably at least once. */
  readonly responded: boolean
  /** The answer's head, where there is one. */
  readonly response: ResponseRecord | null
  /** Bytes that got to where they go, durable or not, and how many there are in all. */
  readonly received: number
  readonly total: number | null
}

export abstract class Job<Kind extends TransferRecord = TransferRecord> {
  readonly log: TransactionLog = new TransactionLog()
  /** What the last attempt failed with; null once there is an answer. */
  lastFailure: URLError | null = null
  protected readonly transfer: Transfer<Kind>
  protected readonly session: OfThisSession
  protected idle: IdleTimer | null = null
  #running: { abort: AbortController; ended: Promise<void> } | null = null

  constructor(transfer: Transfer<Kind>, session: OfThisSession) {
    this.transfer = transfer
    this.session = session
  }

  abstract readonly state: JobState

  /** One attempt, from beginning to verdict. Never rejects; null when it was stopped. @param last After a failure there will be no other. */
  abstract run(last: boolean): Promise<TransferEvent | null>
  /** Stands still, the connection kept open where that can be. */
  abstract hold(): void
  abstract unhold(): void
  /** How long it stands still with an open connection (milliseconds), at most `most`; null: until the server ends it. */
  abstract holdTime(most: number): number | null
  /** Whether it must wait, as long as this engine lives, for what is out of reach; says so. */
  abstract isStuck(): boolean
  /** Makes everything so far durable. */
  abstract checkpoint(): Promise<void>
  /** Makes the outcome of what is whole. False when the signal fired before. */
  abstract seal(signal: AbortSignal): Promise<boolean>
  /** Stores what the transfer failed with. Never rejects. */
  abstract fail(failure: Failure): Promise<ResumeData | null>
  /** Puts the bytes of a finished transfer aside, where there are any. */
  abstract park(): Promise<ResumeData | null>
  /** The event that tells the stored outcome. */
  abstract outcome(metrics: TaskMetrics): EngineEvent | null
  /** Something that only this kind of transfer is told. */
  async hear(_message: unknown): Promise<unknown> {
    return null
  }

  /** Ends what is under way, and settles when nothing of it is left. @param _forGood Nothing will follow it in this life. */
  async stop(_forGood?: boolean): Promise<void> {
    this.#running?.abort.abort()
    await this.#running?.ended
  }

  /** Gives a stalled connection only a few seconds more. */
  hurry(): void {
    this.idle?.hurry(HURRIED_IDLE)
  }

  /** Something is under way until `done`; whoever stops the attempt waits for it. */
  begin(): { abort: AbortController; done: () => void } {
    const abort = new AbortController()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#running = { abort, ended: promise }
    const done = (): void => {
      this.#running = null
      resolve()
    }
    return { abort, done }
  }

  /** The error of a whole transfer: it tells how often was tried. */
  counted(error: URLError): URLError {
    return error.with({ attempts: this.log.count, url: error.url ?? this.transfer.record.request.url })
  }

  /** An answer is there, of the host that was asked. */
  protected answered(): void {
    const { record, tools, responded } = this.transfer
    this.lastFailure = null
    responded()
    tools.onReachable(new URL(record.request.url).host)
  }
}
