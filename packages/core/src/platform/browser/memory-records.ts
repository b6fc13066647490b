/** Records in memory: for sessions that must forget, and where the browser lets nothing be stored. */
import type { RecordStore } from '../../ports/record-store.ts'

export class MemoryRecords implements RecordStore {
  readonly #records = new Map<string, unknown>()

  async get(key: string): Promise<unknown> {
    return structuredClone(this.#records.get(key))
  }

  async set(key: string, value: unknown): Promise<void> {
    // Copied both ways, as a database would: whoever changes what he gave or got changes no record.
    this.#records.set(key, structuredClone(value))
  }

  async delete(key: string): Promise<void> {
    this.#records.delete(key)
  }

  async entries(prefix: string): Promise<[key: string, value: unknown][]> {
    const found = [...this.#records].filter(([key]) => key.startsWith(prefix))
    return found
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, value]) => [key, structuredClone(value)])
  }
}
