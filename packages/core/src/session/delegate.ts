/** What a session tells its delegate. Every method is optional and may be async; none runs beside another. */
import type { TaskMetrics } from '../model/metrics.ts'
import type { URLError } from '../model/url-error.ts'
import type { Warning } from '../model/warning.ts'
import type { DownloadTask } from './download-task.ts'
import type { DownloadedFile } from './downloaded-file.ts'
import type { URLSession } from './url-session.ts'

/**
 * For one task. Called in order:
 * didCreateTask → isWaitingForConnectivity? → didResumeAtOffset? → didWriteData* → didFinishDownloading? →
 * didFinishCollectingMetrics → didComplete; then `task.finished` settles. A method that throws fails its
 * task with `delegateFailed`, the thrown value as `cause`.
 */
export interface TaskDelegate {
  /** Called while the task is made, before it can start. Not awaited. */
  didCreateTask?(task: DownloadTask): void
  /** Once at most: the task waits for a network instead of failing. */
  isWaitingForConnectivity?(task: DownloadTask): void | Promise<void>
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
  /** Something a developer should know, while the task goes on. */
  didWarn?(task: DownloadTask, warning: Warning): void | Promise<void>
  didFinishCollectingMetrics?(task: DownloadTask, metrics: TaskMetrics): void | Promise<void>
  /** The last call for a task. `error` is null for any HTTP status. */
  didComplete?(task: DownloadTask, error: URLError | null): void | Promise<void>
}

/** For all tasks of a session; a task's own delegate is asked first, method by method. */
export interface SessionDelegate extends TaskDelegate {
  /** Everything that happened to a background session's tasks while no page listened has been told. Once. */
  didFinishEvents?(session: URLSession): void | Promise<void>
  /** The last call a session ever makes; `error` is null when it was asked to end. */
  didBecomeInvalid?(session: URLSession, error: URLError | null): void | Promise<void>
}

export type TaskDelegateMethod = keyof TaskDelegate
