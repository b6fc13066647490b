/** A record store that shows what is asked of it, and can be made to wait or to change under a reader's hands. */
import type { RecordStore } from '../../../src/ports/record-store.ts'

export class OpenStore implements RecordStore {
  readonly values = new Map<string, unknown>()
  /** `set key`, `delete key`, in the order in which they were done. */
  readonly done: string[] = []
  /** Called before a list is read, with its prefix. */
  beforeEntries: (prefix: string) => void = () => {}
  #gates: (() => void)[] | null = null
  #failing: string | null = null

  constructor(values: { readonly [key: string]: unknown } = {}) {
    for (const [key, value] of Object.entries(values)) this.values.set(key, value)
  }

  async get(key: string): Promise<unknown> {
    return structuredClone(this.values.get(key))
  }

  async set(key: string, value: unknown): Promise<void> {
    await this.#turn(`set ${key}`)
    this.values.set(key, structuredClone(value))
  }

  async delete(key: string): Promise<void> {
    await this.#turn(`delete ${key}`)
    this.values.delete(key)
  }

  async entries(prefix: string): Promise<[key: string, value: unknown][]> {
    await Promise.resolve()
    this.beforeEntries(prefix)
    return [...this.values]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key, structuredClone(value)])
  }

  /** Writes wait until `letGo`, which may let the last one go first. */
  hold(): void {
    this.#gates = []
  }

  letGo(order: 'first to last' | 'last to first' = 'first to last'): void {
    const gates = this.#gates ?? []
    this.#gates = null
    for (const open of order === 'first to last' ? gates : gates.toReversed()) open()
  }

  /** Writes whose line contains `what` fail from now on. */
  fail(what: string | null): void {
    this.#failing = what
  }

  async #turn(line: string): Promise<void> {
    if (this.#gates) await new Promise<void>((resolve) => this.#gates?.push(resolve))
    if (this.#failing !== null && line.includes(this.#failing)) throw new Error(`no ${line}`)
    this.done.push(line)
  }
}

export const keys = (store: OpenStore): string[] => [...store.values.keys()].toSorted()
