/**
 * Where bytes live. A file has an id (`[0-9a-z-]{8,64}`), never a name or a path, and is written by one
 * writer at a time, at any offset.
 */
import type { FileStoreKind } from '../model/capabilities.ts'

export interface FileStore {
  readonly kind: FileStoreKind
  /** Why this store and not a better one, for `capabilities`. */
  readonly reason: string
  /**
   * Whether files in a store of this kind can be read here, or even written: a store may join several, of which new files
   * go to the one of its own `kind`. Without it that is the only one.
   */
  reaches?(kind: FileStoreKind, toWrite: boolean): boolean
  /**
   * Opens the file for writing, creating it when it is not there.
   * @param kind The store that has it, where this one joins several. Default: `kind`.
   * @throws {URLError} `cannotOpenFile` when another writer has it.
   */
  open(id: string, kind?: FileStoreKind): Promise<FileWriter>
  /** Bytes the file has on the medium, or null when there is none (never written, or evicted). */
  size(id: string): Promise<number | null>
  /**
   * The first `size` bytes, backed by the medium and not by memory. Null when the file is not there.
   */
  blob(id: string, size: number, type: string): Promise<Blob | null>
  /** The file's path where files have paths (Node), else null. */
  path(id: string): string | null
  remove(id: string): Promise<void>
  /** Ids of all files. */
  list(): Promise<string[]>
  /** Bytes that may still be written, or null where the platform does not say. */
  available(): Promise<number | null>
}

export interface FileWriter {
  /** Bytes the file had when it was opened. */
  readonly size: number
  /**
   * Writes all of `bytes` at offset `at`. The caller may reuse `bytes` once it settles.
   * Returns nothing, not a promise, where the platform writes at once.
   * @throws {URLError} `noSpaceLeft` when the medium or its quota is full; `cannotWriteToFile` else.
   */
  write(bytes: Uint8Array, at: number): void | Promise<void>
  /** Bytes read back: to rebuild a digest whose state was lost. Shorter at the end of the file. */
  read(at: number, length: number): Promise<Uint8Array>
  /** Resolves when everything written before survives the death of this process. */
  flush(): Promise<void>
  /** Cuts the file to `size` bytes. */
  truncate(size: number): Promise<void>
  /** Closes without flushing; the file can be opened again after it. Never throws. */
  close(): Promise<void>
}
