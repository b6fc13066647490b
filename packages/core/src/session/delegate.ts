/**
 * What a session tells its delegate. Every method is optional and may be async; none runs beside another, but for one that has not settled
 * for a second: calls of other tasks no longer wait for it, and its task has the warning `delegateLate`.
 */
import type { TaskMetrics } from '../model/metrics.ts'
import type { URLError } from '../model/url-error.ts'
import type { Warning } from '../model/warning.ts'
import type { ChallengeDisposition, URLAuthenticationChallenge } from '../model/protection-space.ts'
import type { URLRequest } from '../model/request.ts'
import type { CachedURLResponse } from '../model/url-cache.ts'
import type { URLResponse } from '../model/response.ts'
import type { DataTask } from './data-task.ts'
import type { DownloadTask } from './download-task.ts'
import type { DownloadedFile } from './downloaded-file.ts'
import type { OutgoingMessage } from '../model/web-socket-options.ts'
import type { UploadBody } from '../model/upload-options.ts'
import type { UploadTask } from './upload-task.ts'
import type { URLSession } from './url-session.ts'
import type { WebSocketTask } from './web-socket-task.ts'

export type AnyTask = DataTask | DownloadTask | UploadTask | WebSocketTask

/**
 * For one task. Called in order:
 * didCreateTask → isWaitingForConnectivity? → (challenge | redirection | needNewBodyStream | didSendBodyData)* → didReceiveResponse? → didResumeAtOffset? →
 * (didReceiveData | didWriteData)* → willCacheResponse? → didFinishDownloading? → (didOpen → didReopen* → didClose?)? → didFinishCollectingMetrics → didComplete; then
 * `task.finished` settles. A method that throws, or answers with what makes no sense, fails its task with `delegateFailed`, what was thrown as
 * `cause`. Limits go on while one is asked, and an answer that comes after the task's end is nobody's.
 */
export interface TaskDelegate {
  /** Called while the task is made, before it can start. Not awaited. */
  didCreateTask?(task: AnyTask): void
  /** Once at most: the task waits for a network instead of failing. */
  isWaitingForConnectivity?(task: AnyTask): void | Promise<void>
  /**
   * A task whose `earliestBeginDate` has come is about to be sent; asked once, and the answer holds for each attempt. Of an upload that
   * takes several requests it is about the first, of a WebSocket about the URL it was made with, and not those of `reconnect.request`.
   * @returns Nothing: as it is. A request: that one instead (its URL, method and headers). `'cancel'`: the task ends with `cancelled`.
   */
  willBeginDelayedRequest?(
    task: AnyTask,
    request: URLRequest,
  ): URLRequest | 'cancel' | void | Promise<URLRequest | 'cancel' | void>
  /** An answer before the answer of a data task (103 Early Hints and the like; RFC 9110 §15.2), where the platform shows them: in Node. */
  didReceiveInformationalResponse?(task: DataTask, status: number, headers: Headers): void | Promise<void>
  /**
   * A server, or a proxy, wants to know who asks. The request waits for the answer, until its timeout. In a browser it goes to the page's
   * own origin without cookies where somebody is to be asked: see the option `credentials`.
   * @returns `{ use: { user, password } }`: with these, which are kept as their `persistence` says; `{ use: null }`: go on without, so
   *   that the 401 is the answer. `'cancel'`: the task ends with `cancelled`. `'reject'`: try the next scheme that the server offers.
   *   `'default'` or nothing: as if nobody had been asked, that is with what the session has stored.
   */
  didReceiveChallenge?(
    task: AnyTask,
    challenge: URLAuthenticationChallenge,
  ): ChallengeDisposition | void | Promise<ChallengeDisposition | void>
  /**
   * A redirect, before it is followed; asked where hops are shown (`capabilities.redirects`), and not in background sessions, which
   * always follow.
   * @param request What will be sent next; credentials stay behind when the origin changes (headers such as `Authorization`, told by their names).
   * @returns Nothing: as proposed. A request: that one instead (its URL, method and headers). Null: the redirect is the answer. Credentials
   *   go to another origin only when they are named here: headers with values that are not those of `request`, which stay behind when
   *   this leads elsewhere than it.
   */
  willPerformRedirection?(
    task: AnyTask,
    response: URLResponse,
    request: URLRequest,
  ): URLRequest | null | void | Promise<URLRequest | null | void>
  /** Where hops are not shown (browsers): the answer came from another URL than the one asked. Once. */
  didFollowRedirects?(task: AnyTask, url: string): void | Promise<void>
  /**
   * The bytes of an upload are wanted once more: the page that gave them is gone, and nothing of them could be kept.
   * @param offset Bytes that the server has already; the body is the whole all the same.
   * @returns The same bytes; others fail the task with `fileChanged`. Nothing: it fails with `requestBodyStreamExhausted`.
   */
  needNewBodyStream?(task: UploadTask, offset: number): UploadBody | void | Promise<UploadBody | void>
  /**
   * Bytes of an upload left, a few times a second at most; `task.accepted` says how many the server has. Also of a data task's body where
   * that is shown (in Node): whenever the connection has taken some, before `didReceiveResponse`.
   * @param sent Bytes since the last call.
   * @param total Bytes in all: fewer than before when some have to be sent again.
   * @param expected Bytes of the whole, or null while unknown.
   */
  didSendBodyData?(
    task: DataTask | UploadTask,
    sent: number,
    total: number,
    expected: number | null,
  ): void | Promise<void>
  /**
   * The head of a data task's answer; its body waits for the answer. Not for promises (`session.data()` and its like). Of an upload it is
   * told once the whole answer is there, and what this returns is not asked for.
   * @returns `'allow'` or nothing: go on. `'cancel'`: the task ends with `cancelled`. `'becomeDownload'`: the body goes to a file, as a
   *   download task's, without another request; see {@link didBecomeDownloadTask}. A request whose body is neither text nor bytes cannot.
   */
  didReceiveResponse?(
    task: DataTask | UploadTask,
    response: URLResponse,
  ): ResponseDisposition | void | Promise<ResponseDisposition | void>
  /**
   * What `didReceiveResponse` answered with `'becomeDownload'` has become: an ordinary download, suspended until this has settled. It has
   * the data task's labels, key, metadata, delegate, signal, `maximumSize` and response, and a number of its own. Nothing more is told of
   * the data task, and cancelling it changes nothing; its `finished` settles as the download's, without data.
   */
  didBecomeDownloadTask?(task: DataTask, downloadTask: DownloadTask): void | Promise<void>
  /** Part of a data task's body, which waits for this to settle. A delegate with this method gets the body instead of `finished`. */
  didReceiveData?(task: DataTask | UploadTask, data: Uint8Array<ArrayBuffer>): void | Promise<void>
  /**
   * The whole answer of a data task has come from the network, and the session's `cache` is about to keep it. Also asked for promises
   * (`session.data()` and its like) and `session.fetch`. Not asked for what is not kept anyway, nor about an answer that was only confirmed.
   * @param proposed A copy: changing its data changes nothing.
   * @returns Nothing: as proposed. Null: it is not kept. Another: with the `storagePolicy` and `userInfo` it has; the rest is as it came.
   */
  willCacheResponse?(
    task: DataTask,
    proposed: CachedURLResponse,
  ): CachedURLResponse | null | void | Promise<CachedURLResponse | null | void>
  /**
   * The download goes on at `offset`: 0 when the bytes that were there could not be used.
   * @param expected Bytes of the whole, or null when unknown.
   */
  didResumeAtOffset?(task: DownloadTask, offset: number, expected: number | null): void | Promise<void>
  /**
   * Bytes arrived, a few times a second at most.
   * @param written Bytes since the last call.
   * @param total Bytes in all.
   * @param expected Bytes of the whole, or null when unknown.
   */
  didWriteData?(task: DownloadTask, written: number, total: number, expected: number | null): void | Promise<void>
  /**
   * The file is complete. It is removed when this has settled, unless it was kept. Not called for
   * `session.download()`, whose promise hands the file over. Called for every HTTP status.
   */
  didFinishDownloading?(task: DownloadTask, file: DownloadedFile): void | Promise<void>
  /**
   * A WebSocket is open, for the first time; its messages come after this was called.
   * @param protocol The subprotocol that the server chose, or ''.
   */
  didOpen?(task: WebSocketTask, protocol: string): void | Promise<void>
  /**
   * A WebSocket was lost and is open again (`reconnect`). What is sent while this runs goes out ahead of what has waited: the place to
   * subscribe again, and to send again what may have got lost.
   */
  didReopen?(task: WebSocketTask, gap: SocketGap): void | Promise<void>
  /**
   * A WebSocket was closed by an exchange of close frames: with the server's code and reason, or with one's own. Not for a connection that
   * was lost, nor for one that is made again.
   * @param code 1005 for a close without one.
   */
  didClose?(task: WebSocketTask, code: number, reason: string): void | Promise<void>
  /** Something a developer should know, while the task goes on. */
  didWarn?(task: AnyTask, warning: Warning): void | Promise<void>
  didFinishCollectingMetrics?(task: AnyTask, metrics: TaskMetrics): void | Promise<void>
  /** The last call for a task. `error` is null for any HTTP status. */
  didComplete?(task: AnyTask, error: URLError | null): void | Promise<void>
}

/** For all tasks of a session; a task's own delegate is asked first, method by method. */
export interface SessionDelegate extends TaskDelegate {
  /** Everything that happened to a background session's tasks while no page listened has been told. Once. */
  didFinishEvents?(session: URLSession): void | Promise<void>
  /** The last call a session ever makes; `error` is null when it was asked to end. */
  didBecomeInvalid?(session: URLSession, error: URLError | null): void | Promise<void>
}

/** What lies between two connections of a WebSocket: what the server sent meanwhile is not here, and what is named may not be there. */
export interface SocketGap {
  /** Milliseconds since the epoch: when the connection was lost, and when there was another. */
  readonly since: number
  readonly until: number
  /** Of the server's close frame, or null where there was none. */
  readonly code: number | null
  readonly reason: string
  /**
   * Messages that were sent, and that no later answer to a ping or heartbeat shows to have arrived; the newest 1,000, and of them the
   * newest 8 MiB (of text: characters). One whose `send` was rejected is not among them.
   */
  readonly unacknowledged: readonly OutgoingMessage[]
  /** How many more there were. */
  readonly forgotten: number
}

/** What becomes of an answer. */
export type ResponseDisposition = 'allow' | 'cancel' | 'becomeDownload'

export type TaskDelegateMethod = keyof TaskDelegate
