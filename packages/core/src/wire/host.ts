/** What a session holds instead of an engine: it may be in a worker, in the page, or just restarting. */
import type { Capabilities, EngineFacts } from '../model/capabilities.ts'
import type { CommandArguments, CommandName, CommandValue, Hello, Welcome } from './commands.ts'
import type { EventBatch } from './events.ts'

export interface EngineHost {
  /**
   * Starts the engine if it does not run and says hello to it. Repeated calls share one start; after a
   * failure the next call tries again.
   * @throws {URLError} `backgroundSessionInUseByAnotherProcess`, `backgroundSessionWasDisconnected`.
   */
  open(): Promise<Welcome>
  /** Calls the running engine, starting it first if need be. */
  call<Name extends CommandName>(name: Name, ...args: CommandArguments<Name>): Promise<CommandValue<Name>>
  /** Ends the engine. Never throws. */
  close(): Promise<void>
}

export interface HostListener {
  onEvents(batch: EventBatch): void
  /** The engine died; `open` starts another. */
  onLost(): void
  /** An engine runs and has told what it has; called before the events that follow from it. */
  onWelcome(welcome: Welcome, refused: readonly string[]): void
}

export type HostFactory = (hello: Hello, listener: HostListener) => EngineHost

/** What an entry point gives to the sessions that are made through it. */
export interface SessionEnvironment {
  /** What relative URLs are resolved against, or null. */
  readonly baseURL: () => string | null
  /** @param facts What the engine found, or null before one runs. @param refused Better places for the engine, and why they were not to be had. */
  readonly capabilities: (facts: EngineFacts | null, refused: readonly string[]) => Capabilities
  readonly uid: () => string
  /** Makes a path absolute (Node), or null where there are no paths. */
  readonly absolutePath: ((path: string) => string) | null
  readonly host: (options: HostOptions) => HostFactory
  /** Hands a blob to the user as a download (browsers), or null where files have paths. */
  readonly saveBlob: ((blob: Blob, name: string) => void) | null
}

export interface HostOptions {
  readonly placement: 'auto' | 'worker' | 'inline'
  readonly workerURL: string | URL | null
  readonly createWorker: (() => Worker) | null
}
