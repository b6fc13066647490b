/** The browser's adapters, held to the contract of each port. */
import { describe, inject, test } from 'vitest'
import {
  fileStoreContract,
  locksContract,
  recordStoreContract,
  runContract,
  socketContract,
  transportContract,
} from '../../../testing/src/contracts/index.ts'
import { readerOf } from '../../src/platform/browser/byob-reader.ts'
import { createFetchTransport } from '../../src/platform/browser/fetch-transport.ts'
import { IDBRecords } from '../../src/platform/browser/idb-records.ts'
import { IndexedDBFiles } from '../../src/platform/browser/indexeddb-files.ts'
import { MemoryFiles } from '../../src/platform/browser/memory-files.ts'
import { MemoryLocks } from '../../src/platform/browser/memory-locks.ts'
import { MemoryRecords } from '../../src/platform/browser/memory-records.ts'
import { WebLocks } from '../../src/platform/browser/web-locks.ts'
import { browserSockets } from '../../src/platform/browser/web-socket-transport.ts'
import { refusePuts } from './support/indexeddb.ts'
import { filesInWorker, startWorker, unique, type WorkerFiles } from './support/in-worker.ts'

describe('files in OPFS', () => {
  runContract(
    test,
    fileStoreContract({
      open: () => filesInWorker('opfs', unique('contract')),
      reopen: (store) => (store as WorkerFiles).restart(),
    }),
  )
})

describe('files in OPFS, joined with what there may be in IndexedDB', () => {
  runContract(
    test,
    fileStoreContract({
      open: () => filesInWorker('picked', unique('contract')),
      reopen: (store) => (store as WorkerFiles).restart(),
    }),
  )
})

describe.each([true, false])('files in IndexedDB, blobs: %s', (blobs) => {
  const namespaces = new WeakMap<object, string>()
  const open = async (namespace: string): Promise<IndexedDBFiles> => {
    const files = new IndexedDBFiles(namespace, { blobs })
    namespaces.set(files, namespace)
    return files
  }
  const sizeOf = (value: unknown): number => (value instanceof Blob ? value.size : (value as ArrayBuffer).byteLength)
  runContract(
    test,
    fileStoreContract({
      open: () => open(unique('contract')),
      reopen: (store) => open(namespaces.get(store) as string),
      async full(bytes) {
        let left = bytes
        refusePuts('QuotaExceededError', (value) => (left -= sizeOf(value)) < 0)
        return open(unique('contract'))
      },
    }),
  )
})

describe('files in memory', () => {
  runContract(
    test,
    fileStoreContract({ open: async () => new MemoryFiles(), full: async (bytes) => new MemoryFiles('', bytes) }),
  )
})

describe('records in IndexedDB', () => {
  const names = new WeakMap<object, string>()
  const open = async (name: string): Promise<IDBRecords> => {
    const records = new IDBRecords(name)
    names.set(records, name)
    return records
  }
  runContract(
    test,
    recordStoreContract({
      open: () => open(unique('contract')),
      reopen: (store) => open(names.get(store) as string),
    }),
  )
})

describe('records in memory', () => {
  runContract(test, recordStoreContract({ open: async () => new MemoryRecords() }))
})

describe('Web Locks between a worker and a page', () => {
  const workers = new WeakMap<object, ReturnType<typeof startWorker>>()
  runContract(
    test,
    locksContract({
      async parties() {
        const worker = startWorker()
        const inWorker = {
          async acquire(name: string) {
            const lock = await worker.call('acquire', name)
            return lock === null ? null : { release: () => worker.call('release', lock) }
          },
          isHeld: (name: string) => worker.call('isHeld', name),
        }
        workers.set(inWorker, worker)
        return [inWorker, new WebLocks()] as const
      },
      die: async (party) => workers.get(party)?.kill(),
    }),
  )
})

describe('locks where there are no Web Locks', () => {
  runContract(test, locksContract({ parties: async () => [new MemoryLocks(), new MemoryLocks()] as const }))
})

describe('the transport', () => {
  runContract(
    test,
    transportContract({
      transport: () => createFetchTransport(readerOf),
      origin: inject('origin'),
      crossOrigin: true,
      lenientGzip: navigator.userAgent.includes('Chrome'),
    }),
  )
})

describe('sockets', () => {
  runContract(
    test,
    socketContract({ transport: () => browserSockets, origin: inject('origin'), pauses: false, opaque: true }),
  )
})
