/** What tasks need of the session that made them. */
import type { RequestAdapter } from '../model/adapter.ts'
import type { Settings } from '../model/configuration.ts'
import type { AcceptedSchemes } from '../model/schemes.ts'
import type { DelegateQueue } from './delegate-queue.ts'
import type { AnyTask, TaskDelegate, TaskDelegateMethod } from './delegate.ts'

export interface TaskOwner {
  readonly settings: Settings
  readonly adapters: readonly RequestAdapter[]
  /** What a URL may begin with. */
  readonly schemes: AcceptedSchemes
  readonly queue: DelegateQueue
  readonly isInvalid: () => boolean
  /** The task's delegate if it has the method, else the session's if that has it. */
  delegateFor(task: AnyTask, method: TaskDelegateMethod): TaskDelegate | null
  /** @throws {URLError} `unsupportedByPlatform` in a background session, whose tasks outlive any object. */
  assertTaskDelegatesAllowed(): void
  /** It is there, and can be ended with its session. */
  made(task: AnyTask): void
  /** It is over. */
  completed(task: AnyTask): void
  /** An error that no task can carry any more: shown as the platform shows uncaught errors. */
  report(cause: unknown): void
}
