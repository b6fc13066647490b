/** What the rooms of one transfer share: its record, the engine's tools, and the ways to say something. */
import type { Loader } from '../loading/loader.ts'
import type { Scheduler } from '../loading/scheduler.ts'
import type { Settings } from '../model/configuration.ts'
import type { WarningCode } from '../model/warning.ts'
import type { Platform } from '../ports/platform.ts'
import type { Ledger } from '../storage/ledger.ts'
import type { DownloadRecord, TransferRecord } from '../storage/records.ts'
import type { Hello } from '../wire/commands.ts'
import type { EngineEvent } from '../wire/events.ts'
import type { Questions } from './questions.ts'

export interface RunnerTools {
  readonly hello: Hello
  readonly platform: Platform
  readonly ledger: Ledger
  readonly loader: Loader
  readonly scheduler: Scheduler
  readonly settings: Settings
  readonly questions: Questions
  readonly emit: (event: EngineEvent) => void
  /** The transfer is over and its record gone. */
  readonly onOver: (uid: string) => void
  /** The host answered. */
  readonly onReachable: (host: string) => void
}

export interface Transfer<Kind extends TransferRecord = DownloadRecord> {
  readonly record: Kind
  readonly tools: RunnerTools
  /** The name of its bytes in the file store. */
  readonly file: string
  /** Stores the record, and in it what the machine's state says. */
  readonly save: () => Promise<void>
  /** A server answered usably, and the record says so. */
  readonly responded: () => void
  /** There are more bytes than there ever were. */
  readonly advanced: () => void
  /** What a wait was for may be there now. */
  readonly again: () => void
  readonly warn: (code: WarningCode, message: string) => void
}
