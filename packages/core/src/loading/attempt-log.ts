/**
 * What a data task's attempts cost. Put together when somebody asks: few do, and it would be work for every request. Holds neither
 * request nor answer, which a task may outlive.
 */
import type { TaskMetrics, TransactionMetrics, TransactionTimings } from '../model/metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { Exchange } from './loader.ts'
import { passed, TransactionLog } from './transaction-log.ts'

interface Answered extends Pick<Exchange, 'url' | 'redirectCount'> {
  readonly status: number | null
  readonly timings: Exchange['timings'] | undefined
  readonly fromCache: Exchange['fromCache'] | undefined
}

export class AttemptLog {
  readonly #clock: Clock
  readonly #log = new TransactionLog()
  /** When the present attempt began, or null between attempts. */
  #began: number | null = null
  #answered: Answered | null = null
  /** Of the body: all that came, and where the present attempt's part of it begins. */
  #received = 0
  #from = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How often the request was sent. */
  get count(): number {
    return this.#log.count + (this.#began === null ? 0 : 1)
  }

  /** Bytes of the body, of all attempts. */
  get received(): number {
    return this.#received
  }

  /** The present attempt has brought bytes. */
  get moves(): boolean {
    return this.#received > this.#from
  }

  get isAnswered(): boolean {
    return this.#answered !== null
  }

  begin(): void {
    this.#began = this.#clock.now()
  }

  /** An answer on the way: see {@link passed}. */
  pass(response: Exchange): void {
    const now = this.#clock.now()
    this.#log.add(passed(this.#began ?? now, now, response), true)
    this.#began = now
  }

  answer({ url, status, redirectCount, timings, fromCache }: Exchange): void {
    this.#answered = { url, status, redirectCount, timings, fromCache }
  }

  arrived(bytes: number): void {
    this.#received += bytes
  }

  /** The present attempt is over, and another follows. @param url What it asked. */
  end(url: string, error: string | null): void {
    this.#log.add(this.#cost(url, error)())
  }

  /** All of it is over. @param since When the task was made. @returns What looks its metrics up, as they are now. */
  finish(url: string, error: string | null, since: number): () => TaskMetrics {
    const last = this.#began === null ? null : this.#cost(url, error)
    return lateMetrics(this.#log, last, since, this.#clock.now())
  }

  #cost(url: string, error: string | null): () => TransactionMetrics {
    const now = this.#clock.now()
    const answered = this.#answered ?? { url, status: null, redirectCount: 0, timings: undefined, fromCache: undefined }
    const bytes = this.#received - this.#from
    const cost = lateTransaction(answered, { start: this.#began ?? now, end: now, from: this.#from, bytes, error })
    this.#from = this.#received
    this.#began = null
    this.#answered = null
    return cost
  }
}

/** Functions of their own: what they make holds what they are given, and no more. */
function lateMetrics(
  log: TransactionLog,
  last: (() => TransactionMetrics) | null,
  start: number,
  end: number,
): () => TaskMetrics {
  return () => {
    if (last) log.add(last())
    return log.metrics(start, end)
  }
}

function lateTransaction(
  { url, status, redirectCount, timings, fromCache }: Answered,
  told: Pick<TransactionMetrics, 'start' | 'end' | 'from' | 'bytes' | 'error'>,
): () => TransactionMetrics {
  // Now, or it could find a later request's to the same address.
  const timed = timings?.()
  let found: TransactionTimings | null = null
  return () => ({
    ...told,
    url,
    status,
    redirectCount,
    get timings() {
      return (found ??= timed?.() ?? null)
    },
    ...(fromCache && { fromCache }),
  })
}
