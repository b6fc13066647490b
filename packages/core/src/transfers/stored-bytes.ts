/**
 * The bytes of one transfer, in its part file and in its record: opened when they are wanted, made durable in time, and told
 * of when they are lost.
 */
import { countBytes } from '../model/byte-ranges.ts'
import { URLError } from '../model/url-error.ts'
import type { Entity } from '../storage/records.ts'
import { PartFile } from './download/part-file.ts'
import { UNKNOWN_SPEED } from './hold-time.ts'
import { isStranded } from './stranded.ts'
import type { Transfer } from './transfer.ts'

/**
 * Milliseconds between two checkpoints, and how long one may take before reading waits for it: together the second of
 * bytes that a death may cost. Flushing is the expensive part, so by time and not by bytes.
 */
const CHECKPOINT_INTERVAL = 500

export class StoredBytes {
  /** Bytes a millisecond of the answer that is coming in, when it was looked at last; 0 while there is none. */
  speed = 0
  readonly #transfer: Transfer
  #part: PartFile | null = null
  /** The most bytes there ever were: only more than that is progress, or a server that cannot resume would be asked for ever. */
  #highWater: number
  /** Bytes that were told of are gone, which the next answer has to tell. */
  #lost = false
  #checkpointing: Promise<void> | null = null
  #checkpointed = 0
  /** Bytes that were there then. */
  #then = 0

  constructor(transfer: Transfer) {
    this.#transfer = transfer
    this.#highWater = countBytes(transfer.record.ranges)
  }

  /** Bytes that are there, durable or not. */
  get received(): number {
    return this.#part?.received ?? countBytes(this.#transfer.record.ranges)
  }

  async open(): Promise<PartFile> {
    if (this.#part) return this.#part
    const { record, file, tools } = this.#transfer
    const { platform, ledger } = tools
    const { files } = platform
    if (isStranded(this.#transfer)) {
      this.#lose('startedOver', `its bytes are in ${record.store}, out of reach, and cannot be gone on with`)
      Object.assign(record, { entity: null, ranges: [], digest: null })
    }
    const claimed = countBytes(record.ranges)
    if (claimed === 0) record.store = files.kind
    // The record first: a file that no record names is swept away by the next start of any session.
    await ledger.save(record)
    this.#part = await PartFile.open(files, file, record, record.integrity, platform.digest)
    const there = this.#part.received
    if (there < claimed) {
      this.#lose('evicted', `${claimed - there} of ${claimed} stored bytes are gone, and are loaded again`)
      record.ranges = this.#part.ranges.map(([from, to]): [number, number] => [from, to])
      this.#highWater = there
    }
    return this.#part
  }

  /** An answer is there, whose bytes go on at `offset`; settles when the record says so. */
  async answered(entity: Entity, offset: number): Promise<void> {
    const { record, save } = this.#transfer
    const hadBytes = countBytes(record.ranges) > 0
    record.entity = entity
    if (offset === 0) {
      if (hadBytes)
        this.#lose('startedOver', 'the server sent the whole instead of the rest, so the download starts over')
      record.ranges = []
      record.digest = null
    }
    await save()
    this.#checkpointed = this.#now()
    this.#then = offset
    this.speed = UNKNOWN_SPEED
  }

  /** Whether bytes were lost that nobody was told of yet; says so once. */
  takeLost(): boolean {
    const lost = this.#lost
    this.#lost = false
    return lost
  }

  /** Whether so many are more than there ever were. */
  advance(received: number): boolean {
    if (received <= this.#highWater) return false
    this.#highWater = received
    return true
  }

  /**
   * Returns a promise to wait for when the disk is too slow for what arrives.
   * @param onFailure The bytes are not safe: the old checkpoint stands, and no more may be written.
   */
  checkpointWhenDue(part: PartFile, onFailure: (error: URLError) => void): void | Promise<void> {
    const now = this.#now()
    if (now - this.#checkpointed < CHECKPOINT_INTERVAL) return
    if (this.#checkpointing) return this.#checkpointing
    this.speed = (part.received - this.#then) / (now - this.#checkpointed)
    this.#checkpointed = now
    this.#checkpointing = this.#store(part)
      .catch((error: unknown) => onFailure(URLError.from(error, 'cannotWriteToFile', { phase: 'storage' })))
      .finally(() => {
        this.#checkpointing = null
        this.#checkpointed = this.#now()
        this.#then = part.received
      })
  }

  /** Makes everything received durable; without an open file there is nothing that is not. */
  async checkpoint(): Promise<boolean> {
    await this.#checkpointing
    const part = this.#part
    if (part) await this.#store(part)
    return part !== null
  }

  /** What is there is of no use. */
  async startOver(why: string): Promise<void> {
    const { record, save } = this.#transfer
    if (this.received > 0) this.#lose('startedOver', `${why}, so the download starts over`)
    const part = await this.open()
    await part.startOver(() => {
      Object.assign(record, { entity: null, ranges: [], digest: null })
      return save()
    })
  }

  async close(): Promise<void> {
    const part = this.#part
    this.#part = null
    await part?.close()
  }

  async #store(part: PartFile): Promise<void> {
    await part.checkpoint(this.#transfer.record)
    await this.#transfer.save()
  }

  /** Bytes that were told of are gone: says why, and where the count goes on with the next answer. */
  #lose(code: 'startedOver' | 'evicted', message: string): void {
    this.#lost = true
    this.#transfer.warn(code, message)
  }

  #now(): number {
    return this.#transfer.tools.platform.clock.now()
  }
}
