/** What the engine tells a session: one union, in order, in batches with a running number. */
import type { TaskMetrics } from '../model/metrics.ts'
import type { ResponseRecord } from '../model/response.ts'
import type { ErrorRecord } from '../model/url-error.ts'
import type { Warning } from '../model/warning.ts'
import type { FileReference } from './commands.ts'
import type { Question } from './questions.ts'

export type WaitingFor = null | 'connectivity' | 'begin-date' | 'retry' | 'slot' | 'delegate' | 'file-permission'

export type EngineEvent =
  | { readonly type: 'waiting'; readonly uid: string; readonly for: WaitingFor; readonly until: number | null }
  /** Once a task, when it had to wait for a network. */
  | { readonly type: 'waits-for-connectivity'; readonly uid: string }
  | {
      readonly type: 'response'
      readonly uid: string
      readonly response: ResponseRecord
      readonly total: number | null
    }
  | { readonly type: 'resumed-at'; readonly uid: string; readonly offset: number; readonly total: number | null }
  /** Latest wins: an older one that was not yet sent is replaced. */
  | {
      readonly type: 'progress'
      readonly uid: string
      /** Bytes that came, or were put on the way. */
      readonly received: number
      readonly total: number | null
      /** Of an upload: bytes that the server has. */
      readonly accepted?: number
    }
  /** To be answered by the command of that name; nobody's silence is consent. */
  | { readonly type: 'question'; readonly uid: string; readonly id: number; readonly question: Question }
  /** The attempt that asked is over: nobody waits for the answer. */
  | { readonly type: 'withdrawn'; readonly uid: string; readonly id: number }
  | { readonly type: 'warning'; readonly uid: string; readonly warning: Warning }
  | {
      readonly type: 'finished'
      readonly uid: string
      readonly file: FileReference
      readonly response: ResponseRecord
      readonly metrics: TaskMetrics
    }
  | {
      readonly type: 'uploaded'
      readonly uid: string
      readonly response: ResponseRecord
      readonly data: Uint8Array<ArrayBuffer>
      readonly metrics: TaskMetrics
    }
  | { readonly type: 'failed'; readonly uid: string; readonly error: ErrorRecord; readonly metrics: TaskMetrics }
  /** Everything that happened while no page listened has been told. */
  | { readonly type: 'caught-up' }

export interface EventBatch {
  /** 1, 2, 3 …: a gap means that something was lost. */
  readonly sequence: number
  readonly events: readonly EngineEvent[]
}
