/**
 * The records of an ephemeral session: in memory, so that no address it loaded is ever on disk. Only a
 * claim on each of its temporary files is stored, without which another session would sweep them away.
 */
import { fileOf } from '../model/uid.ts'
import type { RecordStore } from '../ports/record-store.ts'

export class MemoryShelf implements RecordStore {
  readonly #disk: RecordStore
  readonly #session: { readonly namespace: string; readonly owner: string }
  readonly #records = new Map<string, unknown>()

  constructor(disk: RecordStore, session: { readonly namespace: string; readonly owner: string }) {
    this.#disk = disk
    this.#session = session
  }

  async get(key: string): Promise<unknown> {
    return this.#isClaim(key) ? this.#disk.get(key) : this.#records.get(key)
  }

  async set(key: string, value: unknown): Promise<void> {
    if (this.#isClaim(key)) return this.#disk.set(key, value)
    const file = this.#fileIn(key)
    if (file !== null && !this.#records.has(key)) {
      const { owner } = this.#session
      await this.#disk.set(this.#claimKey(file), { v: 1, kind: 'claim', uid: file, owner })
    }
    this.#records.set(key, value)
  }

  async delete(key: string): Promise<void> {
    if (this.#isClaim(key)) return this.#disk.delete(key)
    this.#records.delete(key)
  }

  async entries(prefix: string): Promise<[key: string, value: unknown][]> {
    if (this.#isClaim(prefix)) return this.#disk.entries(prefix)
    return [...this.#records].filter(([key]) => key.startsWith(prefix))
  }

  #isClaim(key: string): boolean {
    return key.startsWith(`${this.#session.namespace}/claim/`)
  }

  #claimKey(file: string): string {
    return `${this.#session.namespace}/claim/${file}`
  }

  #fileIn(key: string): string | null {
    const match = /\/(?:task|parked|kept)\/([0-9a-z-]+)$/.exec(key)
    return match?.[1] === undefined ? null : fileOf(match[1])
  }
}
