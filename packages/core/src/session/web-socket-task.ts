/** A WebSocket as its user holds it. What it does is loaded with the first that is used (`web-socket-run.ts`). */
import type { DataLane } from '../loading/data-lane.ts'
import type { TaskMetrics } from '../model/metrics.ts'
import type { DataRequest } from '../model/request.ts'
import type { URLResponse } from '../model/response.ts'
import { URLError } from '../model/url-error.ts'
import { areProtocols, checkClose, type OutgoingMessage, type SocketMessage } from '../model/web-socket-options.ts'
import { noMetrics, Task, type TaskHandles } from './task.ts'
import type { WebSocketOptions } from './task-options.ts'
import type { TaskOwner } from './task-owner.ts'
import type { WebSocketRun } from './web-socket-run.ts'

/** What a WebSocket task's `finished` resolves with: the close that was agreed on. */
export interface WebSocketResult {
  /** 1005: a close without a code. */
  readonly code: number
  readonly reason: string
}

export interface WebSocketOrigin {
  readonly identifier: number
  readonly request: DataRequest
  readonly options: WebSocketOptions
  /** Loads what sockets are opened with. */
  readonly lane: () => Promise<DataLane>
  /** The frames are ours: every close code can be sent. */
  readonly ownFrames: boolean
}

/** What a run may do to its task. */
export interface WebSocketInlet extends TaskHandles {
  readonly task: WebSocketTask
  readonly origin: WebSocketOrigin
  readonly opened: (protocol: string, response: URLResponse | null) => void
  readonly closed: (code: number, reason: string) => void
  /** Here, so that the page has this once. */
  readonly areProtocols: (value: unknown) => boolean
  /** It is over: with a close that was agreed on, or with an error. The first who says so is believed. */
  readonly over: (thrown: unknown, metrics: () => TaskMetrics, result: WebSocketResult | null) => void
}

/**
 * A WebSocket. It starts suspended; `resume()` opens it. Iterate it for its messages: the loop ends with a close that was agreed on, and
 * throws for any other end; one that is left closes nothing. Suspended, it sends nothing, and reads on only where reading cannot be
 * paused (browsers).
 */
export class WebSocketTask extends Task<WebSocketResult> implements AsyncIterable<SocketMessage> {
  readonly kind = 'webSocket'
  readonly #origin: WebSocketOrigin
  #maximum: number
  #loading: Promise<WebSocketRun> | null = null
  #run: WebSocketRun | null = null
  #over = false
  #failure: URLError | null = null
  #protocol = ''
  #close: WebSocketResult | null = null

  private constructor(origin: WebSocketOrigin, owner: TaskOwner) {
    super({ ...origin, restored: null }, owner)
    this.#origin = origin
    this.#maximum = origin.options.maximumMessageSize ?? 1 << 20
  }

  /** @internal Made by a session alone. */
  static make(origin: WebSocketOrigin, owner: TaskOwner): WebSocketTask {
    const task = new WebSocketTask(origin, owner)
    task.announce()
    return task
  }

  /** Bytes, default 1 MiB; a longer message ends the task with `dataLengthExceedsMaximum`. Counts from the next connection on. */
  get maximumMessageSize(): number {
    return this.#maximum
  }

  set maximumMessageSize(size: number) {
    if (!(Number.isSafeInteger(size) && size > 0))
      throw new TypeError(`maximumMessageSize was ${size}; allowed is a whole number above 0`)
    this.#maximum = size
  }

  /** The code it was closed with: one's own where one closed it, 1005 for none. Null as long as it is open, and where it was lost. */
  get closeCode(): number | null {
    return this.#close?.code ?? null
  }

  get closeReason(): string | null {
    return this.#close?.reason ?? null
  }

  /** The subprotocol that the server chose, or ''. */
  get protocol(): string {
    return this.#protocol
  }

  /**
   * Sends a message, in order; before the socket is open it waits. Resolves when fewer bytes than `highWaterMark` are on their way: a
   * sender that awaits it is as fast as the network. With `reconnect` it resolves too for what was cut off and `SocketGap` lists.
   * @throws {URLError} (as a rejection, with the message as `unsent`) why the task, or with more than `highWaterMark` on its way the
   *   connection, ended; `networkConnectionLost` after `close()`; `dataLengthExceedsMaximum` where the outbox is full.
   * @throws {TypeError} (as a rejection) for what is neither text nor bytes.
   */
  send(message: OutgoingMessage): Promise<void> {
    if (this.#run) return this.#run.send(message)
    // Whoever made it may go on to use it. What cannot be copied is no message, which the run says as of any other.
    let own = message
    try {
      own = structuredClone(message)
    } catch {}
    const sent = this.#use((run) => run.send(own))
    sent.catch(() => {})
    return sent
  }

  /**
   * The next message. What arrived before the end can still be had after it.
   * @throws {URLError} why there is none: `networkConnectionLost` also for a socket that was closed in good order.
   */
  receive(): Promise<SocketMessage> {
    return this.#run?.receive() ?? this.#use((run) => run.receive())
  }

  [Symbol.asyncIterator](): AsyncIterator<SocketMessage, undefined> {
    return { next: () => this.#run?.next() ?? this.#use((run) => run.next()) }
  }

  /**
   * Asks the server for a sign of life: by a ping frame in Node, by the heartbeat's message in browsers.
   * @returns The time that the answer took, in milliseconds.
   * @throws {URLError} `unsupportedByPlatform` in a browser without `heartbeat`; why the task ended.
   */
  ping(): Promise<{ roundTrip: number }> {
    return this.#use((run) => run.ping())
  }

  /**
   * Closes the socket behind what was sent. `finished` resolves when the server has agreed, and rejects with `networkConnectionLost` when
   * it does not within 10 seconds, or takes nothing for 30 of what stands before the close. Before it was ever resumed: `cancel()`. A
   * browser hands over nothing that arrives after this.
   * @param code 1000 (default) or 3000 to 4999; in Node also those that RFC 6455 lets an endpoint send.
   * @param reason At most 123 bytes of UTF-8.
   * @throws {TypeError} for any other code or reason.
   */
  close(code: number = 1000, reason: string = ''): void {
    checkClose(code, reason, this.#origin.ownFrames)
    if (this.#over || this.state === 'canceling') return
    this.#close = { code, reason }
    if (!this.started) return this.cancel()
    this.beginCanceling()
    void this.#use((run) => run.close(code, reason)).catch(() => {})
  }

  /** Ends the task with `cancelled`, and waits for nobody. What was not sent is rejected. */
  cancel(): void {
    if (this.#over) return this.teller.end()
    this.beginCanceling()
    const error = new URLError('cancelled', { url: this.originalRequest.url })
    if (this.#run) this.#run.stop(error, this.stopReason(error))
    else this.#end(error, noMetrics, null)
  }

  protected begin(): void {
    this.#use((run) => run.start()).catch((error: unknown) => this.#end(error, noMetrics, null))
  }

  protected goOn(): void {
    this.#run?.hold(false)
  }

  protected pause(): void {
    this.#run?.hold(true)
  }

  protected edited({ beginAt }: { beginAt?: number | null }): void {
    if (beginAt !== undefined) this.#run?.rebegin()
  }

  /** Whoever came first is served first, also while it is loading. */
  async #use<T>(work: (run: WebSocketRun) => T | Promise<T>): Promise<T> {
    const run = (this.#run ??= await (this.#loading ??= this.#load()))
    if (this.#over) run.end(this.#failure)
    return work(run)
  }

  async #load(): Promise<WebSocketRun> {
    const { WebSocketRun } = await import('./web-socket-run.ts')
    return new WebSocketRun(this.#inlet())
  }

  #end(thrown: unknown, metrics: () => TaskMetrics, result: WebSocketResult | null): void {
    if (this.#over) return
    this.#over = true
    const { url } = this.originalRequest
    const error = thrown === null ? null : URLError.from(thrown, 'unknown', { url }).with({ url })
    this.#failure = error
    this.#run?.end(error)
    const cost = metrics()
    void this.teller.turn(() => {
      const told = this.teller.failure ?? error
      return this.complete({ error: told, metrics: cost, result: told ? null : result })
    }, error)
  }

  #inlet(): WebSocketInlet {
    return {
      ...this.handles(),
      task: this,
      origin: this.#origin,
      opened: (protocol, response) => {
        this.#protocol = protocol
        if (response) this.responded(response)
      },
      areProtocols,
      closed: (code, reason) => (this.#close ??= { code, reason }),
      over: (thrown, metrics, result) => this.#end(thrown, metrics, result),
    }
  }
}
