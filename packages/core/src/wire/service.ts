/** The one door of an engine, the same in a worker and in the page. */
import type { CommandArguments, CommandName, CommandValue } from './commands.ts'
import type { Result } from './result.ts'

export interface EngineService {
  call<Name extends CommandName>(name: Name, ...args: CommandArguments<Name>): Promise<Result<CommandValue<Name>>>
}
