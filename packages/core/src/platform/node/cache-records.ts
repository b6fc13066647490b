/** Owns: where a cache's answers stand in Node: records of the state directory, apart from those of sessions, which are read as a whole. */
import { join } from 'node:path'
import type { RecordStore } from '../../ports/record-store.ts'
import { openFileRecords } from './file-records.ts'
import { stateDirectory } from './state-directory.ts'

export const openCacheRecords = (directory: string | null): Promise<RecordStore> =>
  openFileRecords(join(directory ?? stateDirectory(), 'cache'))
