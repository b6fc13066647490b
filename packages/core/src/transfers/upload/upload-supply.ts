/**
 * Has the bytes of an upload at hand: copies what would go with its page, reads streams, and asks the session for what is gone. What it
 * began outlives the attempts, and is stopped with the job.
 */
import { describeCause } from '../../model/url-error.ts'
import type { UploadRecord } from '../../storage/records.ts'
import type { UploadSource } from '../../wire/commands.ts'
import type { Transfer } from '../transfer.ts'
import { COPY_BUDGET, copyToStore } from './copy-to-store.ts'
import { GrowingFile } from './growing-file.ts'
import { WORTHWHILE } from './upload-attempt.ts'
import { UploadFile } from './upload-file.ts'
import type { UploadPlatform } from './upload-module.ts'

export class UploadSupply {
  readonly #transfer: Transfer<UploadRecord>
  readonly #file: UploadFile
  #copying: { readonly abort: AbortController; readonly done: Promise<void> } | null = null
  #growing: GrowingFile | null = null

  constructor(transfer: Transfer<UploadRecord>, source: UploadSource | null, platform: UploadPlatform) {
    this.#transfer = transfer
    this.#file = new UploadFile(transfer, source, platform)
  }

  /** A stream is being read. */
  get isReading(): boolean {
    return this.#growing !== null
  }

  /**
   * The file; of a stream whose end is not known yet, what there is of it.
   * @param offset What the server has.
   * @param grows The protocol can send what is still being read.
   * @throws {URLError}
   */
  async open(offset: number, grows: boolean, signal: AbortSignal): Promise<Blob | GrowingFile> {
    const { fleeting } = this.#file
    if (fleeting instanceof ReadableStream) this.#growing ??= this.#read(fleeting)
    else if (fleeting && !this.#copying && (await this.#isWorthACopy(fleeting))) this.#copy(fleeting)
    const early = await this.#grown(grows, signal)
    if (early) return early
    const { tools, record } = this.#transfer
    const opened = await this.#file.open(async () => {
      const source = (await tools.questions.ask(record.uid, { ask: 'body', offset }, signal)) as UploadSource | null
      if (source?.from instanceof ReadableStream) {
        this.#growing = this.#read(source.from)
        await this.#grown(false, signal)
      }
      return source
    })
    return opened
  }

  async stop(): Promise<void> {
    this.#copying?.abort.abort()
    await this.#copying?.done
    await this.#growing?.stop()
  }

  /** What is being read, as soon as some of it can be sent; null once the store has all of it, or where nothing is read. */
  async #grown(grows: boolean, signal: AbortSignal): Promise<GrowingFile | null> {
    const growing = this.#growing
    if (!growing) return null
    await growing.until(() => grows && growing.ready >= WORTHWHILE, signal)
    if (growing.isOpen) return growing
    await this.#stored
    signal.throwIfAborted()
    return null
  }

  /** Resolves when the record says that a stream is in the store. */
  #stored: Promise<void> = Promise.resolve()

  #read(stream: ReadableStream<Uint8Array>): GrowingFile {
    const { tools, file, save, record } = this.#transfer
    const growing = new GrowingFile(stream, tools.platform.files, file)
    // Of an earlier life's stream nobody can tell whether this one begins alike.
    if (!record.upload.print) record.upload.made = null
    this.#stored = growing.stored.then((size) => {
      this.#file.stored(size)
      this.#growing = null
      return save()
    })
    this.#stored.catch(() => {})
    return growing
  }

  async #isWorthACopy({ size }: Blob): Promise<boolean> {
    const { hello, platform } = this.#transfer.tools
    if (hello.kind !== 'background' || size > COPY_BUDGET || platform.files.kind === 'memory') return false
    const available = await platform.files.available()
    return available === null || size * 2 < available
  }

  /** Beside the upload, which need not wait for it. */
  #copy(blob: Blob): void {
    const { tools, file, warn, save } = this.#transfer
    const abort = new AbortController()
    const done = copyToStore(blob, tools.platform.files, file, abort.signal)
      .then((size) => {
        this.#file.stored(size)
        return save()
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted)
          warn('notCopied', `it cannot go on after a reload by itself: ${describeCause(error)}`)
      })
      .finally(() => (this.#copying = null))
    this.#copying = { abort, done }
  }
}
