/** The page side of the harness: a worker whose functions are called by name, and file stores that live in it. */
import { onTestFinished } from 'vitest'
import { URLError, type ErrorRecord } from '../../../src/model/url-error.ts'
import type { FileStore, FileWriter } from '../../../src/ports/file-store.ts'
import type { Calls } from './browser-worker.ts'

type Answer = { id: number; value?: unknown; error?: ErrorRecord }

export interface TestWorker {
  call<Name extends keyof Calls>(
    name: Name,
    ...given: Parameters<Calls[Name]>
  ): Promise<Awaited<ReturnType<Calls[Name]>>>
  /** Ends it as a crash would: nothing is closed. */
  kill(): void
}

/** A worker that lives as long as the test. */
export function startWorker(): TestWorker {
  const worker = new Worker(new URL('./browser-worker.ts', import.meta.url), { type: 'module' })
  const waiting = new Map<number, PromiseWithResolvers<never>>()
  let calls = 0
  worker.onmessage = ({ data: { id, value, error } }: MessageEvent<Answer>) => {
    const call = waiting.get(id)
    if (error) call?.reject(URLError.fromRecord(error))
    else call?.resolve(value as never)
    waiting.delete(id)
  }
  worker.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(new Error(`the worker failed: ${event.message}`))
  }
  const kill = (): void => worker.terminate()
  onTestFinished(kill)
  return {
    call(name, ...given) {
      const call = Promise.withResolvers<never>()
      waiting.set(++calls, call)
      worker.postMessage({ id: calls, call: name, given })
      return call.promise
    },
    kill,
  }
}

/** A file store in a worker, behind the same interface. */
export interface WorkerFiles extends FileStore {
  /** Whether the last write needed no promise. */
  wroteAtOnce: boolean | null
  /** Ends the worker as a crash would, and answers with the same storage in another. */
  restart(): Promise<WorkerFiles>
}

export async function filesInWorker(
  kind: string,
  namespace: string,
  worker: TestWorker = startWorker(),
): Promise<WorkerFiles> {
  const store = await worker.call('makeStore', kind, namespace)
  const files: WorkerFiles = {
    kind: 'opfs',
    reason: '',
    path: () => null,
    wroteAtOnce: null,
    restart() {
      worker.kill()
      return filesInWorker(kind, namespace)
    },
    async open(id, stored) {
      const { writer, size } = await worker.call('openFile', store, id, stored)
      const use = async <T>(
        ...given: Parameters<Calls['writer']> extends [number, ...infer Rest] ? Rest : never
      ): Promise<T> => {
        const { value, atOnce } = await worker.call('writer', writer, ...given)
        if (given[0] === 'write') files.wroteAtOnce = atOnce
        return value as T
      }
      const opened: FileWriter = {
        size,
        write: (bytes, at) => use('write', bytes, at),
        read: (at, length) => use('read', at, length),
        flush: () => use('flush'),
        truncate: (to) => use('truncate', to),
        close: () => use('close'),
      }
      return opened
    },
    size: (id) => worker.call('store', store, 'size', id) as Promise<number | null>,
    blob: (id, size, type) => worker.call('store', store, 'blob', id, size, type) as Promise<Blob | null>,
    remove: (id) => worker.call('store', store, 'remove', id) as Promise<void>,
    list: () => worker.call('store', store, 'list') as Promise<string[]>,
    available: () => worker.call('store', store, 'available') as Promise<number | null>,
  }
  return files
}

let names = 0
/** A name nobody else uses: namespaces, files and locks of one test. */
export const unique = (what: string): string => `${what}-${Date.now().toString(36)}-${++names}`
