/**
 * The attempts of one transfer, one at a time: owns the connection that is open, or the work that takes its place, and wires
 * it to the record, the bytes and whoever listens.
 */
import { Gate } from '../loading/gate.ts'
import { IdleTimer } from '../loading/idle-timer.ts'
import { TransactionLog } from '../loading/transaction-log.ts'
import { URLError } from '../model/url-error.ts'
import type { Entity } from '../storage/records.ts'
import type { Ask } from '../wire/questions.ts'
import { DownloadAttempt, type AttemptEnd, type AttemptListener } from './download/attempt.ts'
import type { PartFile } from './download/part-file.ts'
import type { StoredBytes } from './stored-bytes.ts'
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

export class Attempts {
  readonly log: TransactionLog = new TransactionLog()
  /** What the last attempt failed with; null once there is an answer. */
  lastFailure: URLError | null = null
  readonly #transfer: Transfer
  readonly #session: OfThisSession
  readonly #bytes: StoredBytes
  readonly #gate = new Gate()
  #running: { abort: AbortController; ended: Promise<void> } | null = null
  #idle: IdleTimer | null = null
  #identity = false
  #askedForPlain = false

  constructor(transfer: Transfer, session: OfThisSession, bytes: StoredBytes) {
    this.#transfer = transfer
    this.#session = session
    this.#bytes = bytes
  }

  /** Keeps the connection open, and unread. */
  hold(): void {
    // A read may be under way, which nobody waits for now.
    this.#idle?.stop()
    this.#gate.close()
  }

  unhold(): void {
    this.#idle?.start()
    this.#gate.open()
  }

  /** Gives a stalled connection only a few seconds more. */
  hurry(): void {
    this.#idle?.hurry(HURRIED_IDLE)
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

  /** Ends what is under way; its bytes are durable and the file closed when it settles. */
  async stop(): Promise<void> {
    this.#gate.open()
    this.#running?.abort.abort()
    await this.#running?.ended
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
      const { url } = this.#transfer.record.request
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

  /** The error of a whole transfer: it tells how often was tried. */
  counted(error: URLError): URLError {
    return error.with({ attempts: this.log.count, url: error.url ?? this.#transfer.record.request.url })
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
    const { record, tools } = this.#transfer
    const { platform, loader, settings, questions } = tools
    const { clock } = platform
    const adopted = this.#session.adopted && this.log.count === 0
    const part = await this.#bytes.open()
    if (abort.signal.aborted) return { end: 'aborted' }
    const { url, timeout, headers } = record.request
    const limit = timeout ?? settings.timeout.request
    const idle = new IdleTimer(clock, limit, () =>
      abort.abort(new URLError('timedOut', { url, phase: 'body', why: `nothing arrived for ${limit} ms` })),
    )
    this.#idle = idle
    const attempt = new DownloadAttempt(
      {
        number: this.log.count + 1,
        request: { ...record.request, headers: [...headers, ...this.#session.headers] },
        entity: record.entity,
        identity: this.#identity || (record.entity?.encoded ?? false),
        mayAskAgain: !this.#askedForPlain && !adopted,
        last: last || adopted,
        maximumSize: record.maximumSize,
      },
      {
        loader,
        questions: questions.of(record.uid, this.#session.asks, abort.signal),
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
    const { record, tools, advanced, warn } = this.#transfer
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
      onTransaction: (metrics) => this.log.add(metrics),
    }
  }

  async #responded(entity: Entity, offset: number, first: boolean): Promise<void> {
    const { record, tools, responded } = this.#transfer
    const { uid, request } = record
    await this.#bytes.answered(entity, offset)
    this.lastFailure = null
    responded()
    tools.onReachable(new URL(request.url).host)
    // Part after part of one answer is one response to whoever listens.
    if (!first && offset > 0) return
    tools.emit({ type: 'response', uid, response: entity.response, total: entity.total })
    if (this.#bytes.takeLost() || offset > 0) tools.emit({ type: 'resumed-at', uid, offset, total: entity.total })
  }
}
