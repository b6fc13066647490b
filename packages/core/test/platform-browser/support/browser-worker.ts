/**
 * The worker side of the harness: what needs a dedicated worker (synchronous file handles) is done here
 * for a test in the page. One message is one call; its answer carries a value or an error's record.
 */
import { URLError } from '../../../src/model/url-error.ts'
import { browserPlatform } from '../../../src/platform/browser/browser-platform.ts'
import { IndexedDBFiles } from '../../../src/platform/browser/indexeddb-files.ts'
import { MemoryFiles } from '../../../src/platform/browser/memory-files.ts'
import { OPFSFiles } from '../../../src/platform/browser/opfs-files.ts'
import { pickFileStore } from '../../../src/platform/browser/pick-file-store.ts'
import { holdForever } from '../../../src/platform/browser/lock-watch.ts'
import { WebLocks } from '../../../src/platform/browser/web-locks.ts'
import type { FileStoreKind } from '../../../src/model/capabilities.ts'
import type { FileStore, FileWriter } from '../../../src/ports/file-store.ts'
import type { Lock } from '../../../src/ports/locks.ts'

const stores = new Map<number, FileStore>()
const writers = new Map<number, FileWriter>()
const locks = new Map<number, Lock>()
let handles = 0

function keep<T>(map: Map<number, T>, value: T): number {
  map.set(++handles, value)
  return handles
}

function held<T>(map: Map<number, T>, handle: number): T {
  const value = map.get(handle)
  if (value === undefined) throw new Error(`nothing is held as ${handle}`)
  return value
}

const makers: Record<string, (namespace: string) => FileStore | Promise<FileStore>> = {
  picked: (namespace) => pickFileStore(namespace),
  opfs: (namespace) => new OPFSFiles(namespace),
  'indexeddb with blobs': (namespace) => new IndexedDBFiles(namespace, { blobs: true }),
  'indexeddb with buffers': (namespace) => new IndexedDBFiles(namespace, { blobs: false }),
  memory: () => new MemoryFiles(),
}

const calls = {
  makeStore: async (kind: string, namespace: string) => keep(stores, (await makers[kind]?.(namespace)) as FileStore),
  async openFile(store: number, id: string, kind?: FileStoreKind) {
    const writer = await held(stores, store).open(id, kind)
    return { writer: keep(writers, writer), size: writer.size }
  },
  store: (store: number, method: 'size' | 'blob' | 'remove' | 'list' | 'available', ...given: unknown[]) =>
    (held(stores, store)[method] as (...given: unknown[]) => Promise<unknown>)(...given),
  async writer(writer: number, method: 'write' | 'read' | 'flush' | 'truncate' | 'close', ...given: unknown[]) {
    const result = (held(writers, writer)[method] as (...given: unknown[]) => unknown)(...given)
    const atOnce = !(result instanceof Promise)
    return { value: await result, atOnce }
  },
  async pick(namespace: string) {
    const { kind, reason } = await pickFileStore(namespace)
    return { kind, reason }
  },
  async platform(namespace: string) {
    const { files, facts, records, digest } = await browserPlatform('worker')({ namespace, directory: null })
    await records.set(`${namespace}/probe`, 1)
    const sum = await digest('sha256')
    return { kind: files.kind, facts, record: await records.get(`${namespace}/probe`), empty: sum.finish() }
  },
  acquire: async (name: string) => {
    const lock = await new WebLocks().acquire(name)
    return lock === null ? null : keep(locks, lock)
  },
  isHeld: (name: string) => new WebLocks().isHeld(name),
  release: (lock: number) => held(locks, lock).release(),
  holdForever: (name: string) => holdForever(name),
  /** Keeps the worker from answering anything, as a page that is being torn down does. */
  async takeSilently(name: string) {
    await new Promise<void>((resolve) => {
      void navigator.locks.request(name, () => new Promise(() => resolve()))
    })
  },
} satisfies Record<string, (...given: never[]) => unknown>

export type Calls = typeof calls

self.onmessage = async ({ data }: MessageEvent<{ id: number; call: keyof Calls; given: unknown[] }>) => {
  const { id, call, given } = data
  try {
    self.postMessage({ id, value: await (calls[call] as (...given: unknown[]) => unknown)(...given) })
  } catch (error) {
    self.postMessage({ id, error: URLError.from(error, 'unknown').toRecord() })
  }
}
