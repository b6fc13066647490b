/** A session's short requests: what all its data tasks share, loaded with the first of them. */
import type { Settings } from '../model/configuration.ts'
import type { Diagnosis } from '../model/diagnosis.ts'
import type { DataRequest } from '../model/request.ts'
import type { Chance, Clock } from '../ports/clock.ts'
import type { Connectivity } from '../ports/connectivity.ts'
import { DataLoad, type DataLoadOptions, type DataLoadTools } from './data-load.ts'
import type { DiagnoseOptions, DiagnoseParts } from './diagnose.ts'
import { Loader, type HopRules } from './loader.ts'
import { RetryBudget } from './retry.ts'
import { Scheduler } from './scheduler.ts'

/** What a platform lends to the requests of one session. */
export interface DataLaneParts extends DiagnoseParts {
  readonly clock: Clock
  readonly chance: Chance
  readonly connectivity: Connectivity
  /** The rules of redirects, where the platform shows hops. */
  readonly nextHop: HopRules | null
}

export class DataLane {
  readonly settings: Settings
  readonly clock: Clock
  readonly chance: Chance
  readonly #parts: DataLaneParts
  readonly #tools: DataLoadTools

  constructor(parts: DataLaneParts, settings: Settings) {
    const { transport, nextHop, clock, chance, connectivity } = parts
    this.settings = settings
    this.clock = clock
    this.chance = chance
    this.#parts = parts
    this.#tools = {
      clock,
      chance,
      connectivity,
      settings,
      loader: new Loader(transport, settings, nextHop),
      // A browser queues by itself, and over HTTP/2 need not: so nobody waits unless a limit was asked for.
      scheduler: new Scheduler(settings.dataConnectionsPerHost),
      budget: new RetryBudget(),
    }
  }

  load(request: DataRequest, options: DataLoadOptions): DataLoad {
    return new DataLoad(request, options, this.#tools)
  }

  async diagnose(url: string | URL, options?: DiagnoseOptions): Promise<Diagnosis> {
    const { diagnose } = await import('./diagnose.ts')
    return diagnose(url, this.#parts, options)
  }
}
