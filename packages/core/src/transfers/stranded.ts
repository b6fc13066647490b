/** Bytes in a store that this engine has not: neither lost nor to be touched, but to be left for an engine that has it. */
import type { Transfer } from './transfer.ts'

/** Whether the transfer's bytes are out of reach: to be read once it is finished, to be written before. */
export function isStranded({ record, tools }: Transfer): boolean {
  const { store, ranges, outcome } = record
  const { files } = tools.platform
  // What was in memory is not elsewhere: it went with its engine.
  if (!store || store === 'memory' || ranges.length === 0 || outcome?.type === 'failed') return false
  return !(files.reaches?.(store, !outcome) ?? store === files.kind)
}

export function warnStranded({ record, warn }: Transfer): void {
  const where = `its bytes are in ${record.store}, which is out of reach this time`
  warn('storedElsewhere', `${where}; it waits for an engine that has it`)
}
