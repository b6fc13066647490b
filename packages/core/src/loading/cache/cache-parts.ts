/** What the requests of one session share of its cache. */
import type { ResponseCache } from '../../model/url-cache.ts'
import type { Clock } from '../../ports/clock.ts'
import type { WireRequest } from '../../ports/transport.ts'

export interface CacheParts {
  readonly clock: Clock
  readonly uid: () => string
  /** Null where the session has none: then nothing is ever there. */
  readonly cache: ResponseCache | null
  /** Nothing of the disk is read or written. */
  readonly memoryOnly: boolean
  /** The page's own, or null where there is no page. */
  readonly origin: string | null
  /** Milliseconds that a request made on the side may take. */
  readonly patience: number
  /** Whether somebody answers in the place of the network: what he says is not kept. */
  readonly isAccepted: (wire: WireRequest) => boolean
  /** Origins that do not let a page ask on condition. */
  readonly refused: Set<string>
  /** Keys of what is being renewed on the side. */
  readonly renewing: Set<string>
}
