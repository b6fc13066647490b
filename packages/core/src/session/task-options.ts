/** The options of tasks with the delegates that sessions know. */
import type { DownloadOptions as Download } from '../model/download-options.ts'
import type { DataOptions as Data, TaskOptions as Common } from '../model/task-options.ts'
import type { UploadOptions as Upload } from '../model/upload-options.ts'
import type { WebSocketOptions as WebSocketRules } from '../model/web-socket-options.ts'
import type { TaskDelegate } from './delegate.ts'

/** Options every task takes. */
export type TaskOptions = Common<TaskDelegate>
/** What a caller may say about one request. */
export type DataOptions = Data<TaskDelegate>
/** What `session.fetch` takes beside what fetch takes. Null for a signal means none; a priority is fetch's word or a task's number. */
export type FetchInit = Omit<RequestInit, 'priority'> &
  Omit<DataOptions, 'signal' | 'priority'> & { priority?: NonNullable<RequestInit['priority']> | number }
/** What a caller may say about one download. */
export type DownloadOptions = Download<TaskDelegate>
/** What a caller may say about one upload. */
export type UploadOptions = Upload<TaskDelegate>
/** What a caller may say about one WebSocket. */
export type WebSocketOptions = WebSocketRules<TaskDelegate>
