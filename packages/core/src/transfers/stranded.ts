/** Bytes in a store that this engine has not: neither lost nor to be touched, but to be left for an engine that has it. */
import type { FileStoreKind } from '../model/capabilities.ts'
import type { FileStore } from '../ports/file-store.ts'
import type { TransferRecord } from '../storage/records.ts'

/** The store that has the transfer's bytes, if it is out of reach: to read them once it is finished, to write them before. */
export function strandedIn(files: FileStore, { store, ranges, outcome }: TransferRecord): FileStoreKind | null {
  // What was in memory is not elsewhere: it went with its engine.
  if (!store || store === 'memory' || ranges.length === 0 || outcome?.type === 'failed') return null
  return (files.reaches?.(store, !outcome) ?? store === files.kind) ? null : store
}
