/** An exchange's facts at this moment: they fill while the body is read. */
import type { TransactionTimings } from '../model/metrics.ts'
import type { WireResponse } from '../ports/transport.ts'

export const timingsOf = (response: Pick<WireResponse, 'timings'> | null): TransactionTimings | null =>
  response?.timings ? { ...response.timings } : null
