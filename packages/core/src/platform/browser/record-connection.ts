/**
 * One object store in a database of its own, by idb-keyval, that survives the loss of its connection:
 * WebKit drops it, and clearing a site's data closes it in every browser. Records and file parts are both kept in such a store.
 */
import { createStore, promisifyRequest, type UseStore } from 'idb-keyval'
import { nameOf } from './storage-error.ts'

export { promisifyRequest as settled } from 'idb-keyval'

/** Runs `work` in one transaction; it may run twice, so what it does must bear that. */
export type Transact = UseStore

/** What a lost connection looks like. A transaction that dies with it is aborted, in some browsers without an error. */
const LOST = new Set(['InvalidStateError', 'UnknownError', 'AbortError', ''])

export function connect(database: string, store: string): Transact {
  let connection = createStore(database, store)
  return async (mode, work) => {
    const used = connection
    try {
      return await used(mode, work)
    } catch (error) {
      if (!LOST.has(nameOf(error))) throw error
      // Others may have found the loss at the same time: one new connection is enough for all.
      if (connection === used) connection = createStore(database, store)
      return await connection(mode, work)
    }
  }
}

/** Settles when everything done in the store's transaction has been taken over. */
export const committed = (store: IDBObjectStore): Promise<undefined> => promisifyRequest(store.transaction)
