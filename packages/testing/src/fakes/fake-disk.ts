/**
 * Owns: a disk that outlives the processes of a test: records, files with what is flushed and what is not, locks, a quota.
 * Why: "killed at any moment, and nothing is lost or wrong" is proved by killing at every single step. A disk lends itself
 * to one process after another; each can be made to die at its nth step, and what it had not flushed can be lost, or torn.
 */
import type { FakeFile } from './fake-file.ts'
import { LockDomain } from './fake-locks.ts'
import { DiskProcess, type ProcessOptions } from './disk-process.ts'

/** What becomes of bytes written but not flushed when their process dies. */
export type UnflushedFate =
  /** They survive, as after the mere death of a process. Default. */
  | 'kept'
  /** They are gone; the file is as at its last flush. */
  | 'lost'
  /** The file keeps its new length, but those bytes are zeros: what some file systems leave after a power cut. */
  | 'zeroed'
  /** The first half of each unflushed write survives. */
  | 'torn'

/** A disk. Everything on it is open to the test. */
export class FakeDisk {
  /** As stored; a test may put damaged ones here. */
  readonly records: Map<string, unknown> = new Map()
  readonly files: Map<string, FakeFile> = new Map()
  /** Files put where the user asked for them: destination (a path or a handle) → bytes. Not counted by the quota. */
  readonly placed: Map<unknown, Uint8Array<ArrayBuffer>> = new Map()
  readonly locks: LockDomain = new LockDomain()
  /** The most bytes all files may have; Infinity: no limit. May be changed at any time. */
  quota: number

  constructor({ quota = Infinity }: { quota?: number } = {}) {
    this.quota = quota
  }

  /** A process that uses this disk. Several may live at once, as tabs do. */
  process(options: ProcessOptions = {}): DiskProcess {
    return new DiskProcess(this, options)
  }

  /** Bytes of all files. */
  get used(): number {
    let used = 0
    for (const file of this.files.values()) used += file.size
    return used
  }

  /** The platform evicts: the file with this id, or everything. */
  evict(id?: string): void {
    if (id !== undefined) {
      this.files.delete(id)
      return
    }
    this.files.clear()
    this.records.clear()
  }

  /** A copy of a file's bytes as a new process would find them; null when there is none. */
  bytesOf(id: string): Uint8Array<ArrayBuffer> | null {
    return this.files.get(id)?.read(0, Infinity) ?? null
  }

  /** An independent copy of everything but the locks: to try several ends of one beginning. */
  copy(): FakeDisk {
    const copy = new FakeDisk({ quota: this.quota })
    for (const [key, value] of this.records) copy.records.set(key, structuredClone(value))
    for (const [id, file] of this.files) copy.files.set(id, file.copy())
    for (const [destination, bytes] of this.placed) copy.placed.set(destination, bytes)
    return copy
  }
}
