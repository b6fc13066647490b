/** The options of tasks with the delegates that sessions know. */
import type { DownloadOptions as Options, TaskOptions as CommonOptions } from '../model/download-options.ts'
import type { TaskDelegate } from './delegate.ts'

/** Options every task takes. */
export type TaskOptions = CommonOptions<TaskDelegate>
/** What a caller may say about one download. */
export type DownloadOptions = Options<TaskDelegate>
