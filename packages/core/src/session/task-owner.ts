/** What a task needs of the session that made it. */
import type { Settings } from '../model/configuration.ts'
import type { ResumeData } from '../model/resume-data.ts'
import type { DelegateQueue } from './delegate-queue.ts'
import type { TaskDelegate, TaskDelegateMethod } from './delegate.ts'
import type { DownloadTask } from './download-task.ts'
import type { FileAccess } from './downloaded-file.ts'

export interface TaskOwner {
  readonly settings: Settings
  readonly queue: DelegateQueue
  readonly access: FileAccess
  readonly isInvalid: () => boolean
  /** The task's delegate if it has the method, else the session's if that has it. */
  delegateFor(task: DownloadTask, method: TaskDelegateMethod): TaskDelegate | null
  /** @throws {URLError} `unsupportedByPlatform` in a background session, whose tasks outlive any object. */
  assertTaskDelegatesAllowed(): void
  /** @param settle Tells the engine that it may forget the task. */
  completed(task: DownloadTask, settle: (() => Promise<void>) | null): Promise<void>
  /** Resume data that a task had taken and never used. */
  giveBack(resumeData: ResumeData): void
  /** An error that no task can carry any more: shown as the platform shows uncaught errors. */
  report(cause: unknown): void
}
