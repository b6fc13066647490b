/**
 * Where records live: a flat map of keys to plain data. It neither knows nor checks what a record
 * means; storage/ledger.ts does.
 */
export interface RecordStore {
  get(key: string): Promise<unknown>
  /** Resolves when the value survives the death of this process. */
  set(key: string, value: unknown): Promise<void>
  delete(key: string): Promise<void>
  /** Every key with its value whose key starts with `prefix`. */
  entries(prefix: string): Promise<[key: string, value: unknown][]>
}
