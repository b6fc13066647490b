/**
 * Owns: the RecordStore of a process on a fake disk. Values are cloned both ways, as a database would.
 */
import type { DiskProcess } from './disk-process.ts'
import type { RecordStore } from './ports.ts'

/** Records on a fake disk. One record is set whole or not at all. */
export class DiskRecords implements RecordStore {
  readonly #process: DiskProcess

  constructor(process: DiskProcess) {
    this.#process = process
  }

  get(key: string): Promise<unknown> {
    return this.#process.look(() => structuredClone(this.#process.disk.records.get(key)))
  }

  set(key: string, value: unknown): Promise<void> {
    // Cloned now: what the caller changes afterwards is not stored.
    const stored: unknown = structuredClone(value)
    return this.#process.step('set', key, 0, () => void this.#process.disk.records.set(key, stored))
  }

  delete(key: string): Promise<void> {
    return this.#process.step('delete', key, 0, () => void this.#process.disk.records.delete(key))
  }

  entries(prefix: string): Promise<[key: string, value: unknown][]> {
    return this.#process.look(() =>
      [...this.#process.disk.records]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [key, structuredClone(value)]),
    )
  }
}
