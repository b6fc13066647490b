/** The worker's end of the wire. */
import { expose } from 'comlink'
import type { EngineCommands } from './commands.ts'
import type { EventBatch } from './events.ts'
import { serve } from './serve.ts'
import type { EngineService } from './service.ts'
import { WORKER_READY, type WorkerDoor } from './worker-door.ts'

export function exposeEngine(
  makeEngine: (post: (batch: EventBatch) => void) => EngineCommands,
  holdForever: (lockName: string) => Promise<void>,
): void {
  let service: EngineService | null = null
  const door: WorkerDoor = {
    async connect(events, lockName) {
      await holdForever(lockName)
      service = serve(makeEngine((batch) => events.postMessage(batch)))
    },
    async call(name, args) {
      if (!service) throw new Error('called before it was connected')
      return service.call(name, ...args)
    },
  }
  expose(door)
  postMessage(WORKER_READY)
}
