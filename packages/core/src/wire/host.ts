/** What a session holds instead of an engine: it may be in a worker, in the page, or just restarting. */
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

export interface HostOptions {
  readonly placement: 'auto' | 'worker' | 'inline'
  readonly workerURL: string | URL | null
  readonly createWorker: (() => Worker) | null
}
