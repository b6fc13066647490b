/** Records in IndexedDB. Keys are texts whose beginning names session and kind, so a prefix is a range. */
import { del, get, set } from 'idb-keyval'
import type { RecordStore } from '../../ports/record-store.ts'
import { MemoryRecords } from './memory-records.ts'
import { connect, settled, type Transact } from './record-connection.ts'
import { nameOf, told } from './storage-error.ts'

const DATABASE = 'urlsession-records'
const PROBE = 'probe/'
const CODE = 'cannotWriteToFile'

export class IDBRecords implements RecordStore {
  readonly #transact: Transact

  constructor(database: string = DATABASE) {
    this.#transact = connect(database, 'records')
  }

  get(key: string): Promise<unknown> {
    return told(CODE, () => get(key, this.#transact))
  }

  set(key: string, value: unknown): Promise<void> {
    // Copied now: the database takes its copy only once its connection is open.
    return told(CODE, () => set(key, structuredClone(value), this.#transact))
  }

  delete(key: string): Promise<void> {
    return told(CODE, () => del(key, this.#transact))
  }

  entries(prefix: string): Promise<[key: string, value: unknown][]> {
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`)
    return told(CODE, () =>
      this.#transact('readonly', async (store) => {
        // Both are asked for at once: a transaction that waits for anything else ends.
        const [keys, values] = await Promise.all([settled(store.getAllKeys(range)), settled(store.getAll(range))])
        return keys.map((key, index): [string, unknown] => [key as string, values[index]])
      }),
    )
  }
}

export interface OpenedRecords {
  readonly records: RecordStore
  /** False when the records are forgotten with the page. */
  readonly durable: boolean
  readonly reason: string
}

/** Records where a record was really written and found again, else in memory. */
export async function openRecords(database?: string): Promise<OpenedRecords> {
  try {
    const records = new IDBRecords(database)
    const key = PROBE + Math.random()
    await records.set(key, key)
    const found = await records.get(key)
    await records.delete(key)
    if (found === key) return { records, durable: true, reason: 'records are in IndexedDB' }
    throw new Error('a record that was written could not be read')
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error
    return {
      records: new MemoryRecords(),
      durable: false,
      reason: `IndexedDB was refused (${nameOf(cause)}), so records are in memory`,
    }
  }
}
