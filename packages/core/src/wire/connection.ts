/** A running engine, wherever it runs, and the ways to get one. */
import type { EventBatch } from './events.ts'
import { serve } from './serve.ts'
import type { EngineCommands } from './commands.ts'
import type { EngineService } from './service.ts'

export interface Connection {
  readonly service: EngineService
  /** Resolves when the engine died without being asked to. */
  readonly lost: Promise<void>
  /** Takes it down at once. */
  terminate(): void
}

/** One way to get an engine; the ladder tries them from the best to the last. */
export interface Rung {
  /** For `capabilities.reasons.engine`: "the bundler’s worker file". */
  readonly name: string
  connect(onEvents: (batch: EventBatch) => void): Promise<Connection>
}

/** An engine in this very thread. */
export function inlineRung(
  name: string,
  makeEngine: (post: (batch: EventBatch) => void) => Promise<EngineCommands>,
): Rung {
  return {
    name,
    async connect(onEvents) {
      const engine = await makeEngine(onEvents)
      return { service: serve(engine), lost: new Promise(() => {}), terminate: () => {} }
    },
  }
}
