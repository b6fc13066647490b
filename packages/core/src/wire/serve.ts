/** Puts an engine behind its one door. */
import type { CommandArguments, CommandName, CommandValue, EngineCommands } from './commands.ts'
import { resultOf, type Result } from './result.ts'
import type { EngineService } from './service.ts'

export function serve(engine: EngineCommands): EngineService {
  return {
    call<Name extends CommandName>(name: Name, ...args: CommandArguments<Name>): Promise<Result<CommandValue<Name>>> {
      const command = engine[name] as (...given: CommandArguments<Name>) => Promise<CommandValue<Name>>
      return resultOf(() => command.apply(engine, args))
    },
  }
}
