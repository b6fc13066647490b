/** What page and worker agree on before anything else. */
import type { CommandArguments, CommandName } from './commands.ts'
import type { Result } from './result.ts'

/** The worker's first message: it listens now. */
export const WORKER_READY = 'urlsession:ready'

/** What the page may call: two methods, plain data but for one port. */
export interface WorkerDoor {
  /** Starts the engine, which tells its events to `events`, and holds the lock for as long as it lives. */
  connect(events: MessagePort, lockName: string): Promise<void>
  call(name: CommandName, args: CommandArguments<CommandName>): Promise<Result<unknown>>
}
