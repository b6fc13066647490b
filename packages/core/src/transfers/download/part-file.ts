/**
 * The bytes of one download while it runs: what was written, what of it is durable, and the running
 * digest. Bytes first, record second: a checkpoint claims only what `flush` has confirmed.
 */
import { addRange, clipRanges, countBytes, prefixLength, type ByteRanges } from '../../model/byte-ranges.ts'
import type { FileStoreKind } from '../../model/capabilities.ts'
import type { Integrity } from '../../model/integrity.ts'
import type { Digest, DigestFactory } from '../../ports/digest.ts'
import type { FileStore, FileWriter } from '../../ports/file-store.ts'
import type { DigestCheckpoint } from '../../storage/records.ts'

/** The part of a record that says what is durable, and where. */
export interface Checkpoint {
  ranges: [number, number][]
  digest: DigestCheckpoint | null
  store?: FileStoreKind | null
}

/** Bytes read at a time when a digest has to be computed again from the file. */
const REREAD = 1 << 20

export class PartFile {
  readonly #writer: FileWriter
  readonly #digests: DigestFactory
  readonly #integrity: Integrity | null
  #digest: Digest | null = null
  /** Bytes that went into the digest: always a prefix of the file. */
  #digested = 0
  #ranges: ByteRanges
  /** How often the file was emptied: a checkpoint of bytes that are gone must claim nothing. */
  #emptied = 0

  private constructor(writer: FileWriter, ranges: ByteRanges, integrity: Integrity | null, digests: DigestFactory) {
    this.#writer = writer
    this.#ranges = ranges
    this.#integrity = integrity
    this.#digests = digests
  }

  /**
   * Opens the file and believes the smaller of record and file.
   * @throws {URLError} `cannotOpenFile`, `cannotCreateFile`, `unsupportedByPlatform` (no digest).
   */
  static async open(
    files: FileStore,
    uid: string,
    stored: Checkpoint,
    integrity: Integrity | null,
    digests: DigestFactory,
  ): Promise<PartFile> {
    const writer = await files.open(uid, stored.store ?? undefined)
    const part = new PartFile(writer, clipRanges(stored.ranges, writer.size), integrity, digests)
    try {
      // What a record does not vouch for takes up room and may be anything.
      const end = part.#ranges.at(-1)?.[1] ?? 0
      if (writer.size > end) await writer.truncate(end)
      await part.#restoreDigest(stored.digest)
    } catch (error) {
      await writer.close()
      throw error
    }
    return part
  }

  get ranges(): ByteRanges {
    return this.#ranges
  }

  /** Bytes that were written, durable or not. */
  get received(): number {
    return countBytes(this.#ranges)
  }

  /** Writes at `at`. The bytes may be reused once it settles; nothing is awaited where the store writes at once. */
  write(bytes: Uint8Array, at: number): void | Promise<void> {
    const pending = this.#writer.write(bytes, at)
    if (pending) return pending.then(() => this.#wrote(bytes, at))
    this.#wrote(bytes, at)
  }

  /** Makes everything written so far durable and lets `stored` say so, unless it was thrown away meanwhile. */
  async checkpoint(stored: Checkpoint): Promise<void> {
    const emptied = this.#emptied
    const ranges = this.#ranges.map(([from, to]): [number, number] => [from, to])
    const state = this.#digest?.save() ?? null
    const digest = state === null ? null : { at: this.#digested, state }
    await this.#writer.flush()
    if (emptied === this.#emptied) Object.assign(stored, { ranges, digest })
  }

  /** Forgets all bytes, which go only when the record does not claim them any more. */
  async startOver(record: () => Promise<void>): Promise<void> {
    this.#emptied += 1
    this.#ranges = []
    await record()
    await this.#writer.truncate(0)
    await this.#restoreDigest(null)
  }

  /** Cuts the file to its final size and makes it durable. The digest, when one was asked for, is returned. */
  async seal(size: number): Promise<Uint8Array | null> {
    await this.#writer.truncate(size)
    await this.#writer.flush()
    if (!this.#digest) return null
    await this.#digestUpTo(size)
    return this.#digest.finish()
  }

  close(): Promise<void> {
    return this.#writer.close()
  }

  #wrote(bytes: Uint8Array, at: number): void {
    this.#ranges = addRange(this.#ranges, [at, at + bytes.byteLength])
    if (this.#digest && at === this.#digested) {
      this.#digest.update(bytes)
      this.#digested += bytes.byteLength
    }
  }

  async #restoreDigest(stored: DigestCheckpoint | null): Promise<void> {
    if (!this.#integrity) return
    const prefix = prefixLength(this.#ranges)
    const { algorithm } = this.#integrity
    const usable = stored !== null && stored.at <= prefix ? stored : null
    // A state that another build saved may be of no use to this one; the bytes themselves always are.
    const taken = usable && (await this.#digests(algorithm, usable.state).catch(() => null))
    this.#digest = taken ?? (await this.#digests(algorithm))
    this.#digested = taken && usable ? usable.at : 0
    await this.#digestUpTo(prefix)
  }

  /** Feeds the digest from the file, for bytes that arrived out of order or whose state was lost. */
  async #digestUpTo(end: number): Promise<void> {
    while (this.#digest && this.#digested < end) {
      const bytes = await this.#writer.read(this.#digested, Math.min(REREAD, end - this.#digested))
      if (bytes.byteLength === 0) return
      this.#digest.update(bytes)
      this.#digested += bytes.byteLength
    }
  }
}
