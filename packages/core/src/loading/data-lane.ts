/** A session's short requests: what all its data tasks share, loaded with the first of them. */
import type { Settings } from '../model/configuration.ts'
import type { DataRequest } from '../model/request.ts'
import type { Chance, Clock } from '../ports/clock.ts'
import type { Connectivity } from '../ports/connectivity.ts'
import type { Transport } from '../ports/transport.ts'
import { DataLoad, type DataLoadOptions, type DataLoadTools } from './data-load.ts'
import { Loader, type HopRules } from './loader.ts'
import { RetryBudget } from './retry.ts'
import { Scheduler } from './scheduler.ts'

/** What a platform lends to the requests of one session. */
export interface DataLaneParts {
  readonly transport: Transport
  readonly clock: Clock
  readonly chance: Chance
  readonly connectivity: Connectivity
  /** The rules of redirects, where the platform shows hops. */
  readonly nextHop: HopRules | null
}

export class DataLane {
  readonly #tools: DataLoadTools

  constructor({ transport, nextHop, ...parts }: DataLaneParts, settings: Settings) {
    this.#tools = {
      ...parts,
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
}
