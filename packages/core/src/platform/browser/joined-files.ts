/**
 * The store that was picked, and beside it those that were there for an earlier engine in another place (a page without a
 * worker, say): what lies in them is found, removed and, where it can be written, gone on with. New files go to the first.
 */
import type { FileStoreKind } from '../../model/capabilities.ts'
import type { FileStore, FileWriter } from '../../ports/file-store.ts'

export interface OtherFiles {
  readonly store: FileStore
  /** Whether its files can be written here, or only read. */
  readonly writable: boolean
}

export class JoinedFiles implements FileStore {
  readonly kind: FileStoreKind
  readonly reason: string
  readonly #picked: FileStore
  readonly #others: readonly OtherFiles[]

  constructor(picked: FileStore, others: readonly OtherFiles[]) {
    this.kind = picked.kind
    this.reason = picked.reason
    this.#picked = picked
    this.#others = others
  }

  reaches(kind: FileStoreKind, toWrite: boolean): boolean {
    return (
      kind === this.kind || this.#others.some(({ store, writable }) => store.kind === kind && (writable || !toWrite))
    )
  }

  open(id: string, kind: FileStoreKind = this.kind): Promise<FileWriter> {
    const other = this.#others.find(({ store, writable }) => store.kind === kind && writable)
    return (other?.store ?? this.#picked).open(id)
  }

  size(id: string): Promise<number | null> {
    return this.#first((store) => store.size(id))
  }

  blob(id: string, size: number, type: string): Promise<Blob | null> {
    return this.#first((store) => store.blob(id, size, type))
  }

  path(): null {
    return null
  }

  async remove(id: string): Promise<void> {
    await this.#picked.remove(id)
    // What cannot go now belongs to nobody, and goes with the next start.
    await Promise.all(this.#others.map(({ store }) => store.remove(id).catch(() => {})))
  }

  async list(): Promise<string[]> {
    const others = await Promise.all(this.#others.map(({ store }) => store.list().catch(() => [])))
    return [...new Set([...(await this.#picked.list()), ...others.flat()])]
  }

  available(): Promise<number | null> {
    return this.#picked.available()
  }

  /** The picked store's answer if it has the file: a remnant elsewhere is older. */
  async #first<T>(ask: (store: FileStore) => Promise<T | null>): Promise<T | null> {
    let answer = await ask(this.#picked)
    for (const { store } of this.#others) answer ??= await ask(store)
    return answer
  }
}
