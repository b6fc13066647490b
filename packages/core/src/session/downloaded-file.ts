/** A finished file, by reference: its bytes are on disk and come only when asked for. */
import type { FileReference } from '../wire/commands.ts'
import type { EngineHost } from '../wire/host.ts'
import { checkKey } from './file-key.ts'

/** What a file needs of its session. */
export interface FileAccess {
  readonly call: EngineHost['call']
  readonly saveBlob: ((blob: Blob, name: string) => void | Promise<void>) | null
}

/**
 * A file that was downloaded whole. It goes when `didFinishDownloading` has settled, or, where no delegate
 * takes it, when its session ends; `keep` makes it stay.
 */
export class DownloadedFile {
  /** Safe to use as a file name: from Content-Disposition, else the URL. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** The Content-Type, or `''`. */
  readonly type: string
  /** The digest that was checked, `sha256-…`; null when no `integrity` was given. */
  readonly digest: string | null
  /** Where it is (Node); null in browsers. */
  readonly path: string | null
  readonly #reference: FileReference
  readonly #access: FileAccess

  constructor(reference: FileReference, access: FileAccess) {
    this.name = reference.name
    this.size = reference.size
    this.type = reference.type
    this.digest = reference.digest
    this.path = reference.path
    this.#reference = reference
    this.#access = access
  }

  /**
   * The file as a Blob that is backed by the disk: nothing is read yet.
   * @throws {URLError} `fileDoesNotExist` when the file is gone.
   */
  blob(): Promise<Blob> {
    return this.#access.call('blob', this.#reference)
  }

  /** The bytes as a stream. Errors with `fileDoesNotExist` when the file is gone. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | null = null
    return new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull: async (controller) => {
          reader ??= (await this.blob()).stream().getReader()
          const { done, value } = await reader.read()
          if (done) controller.close()
          else controller.enqueue(value)
        },
        cancel: (reason) => reader?.cancel(reason),
      },
      { highWaterMark: 0 },
    )
  }

  /**
   * Makes the file stay, under a name of the caller's own; `session.files` finds it again. A file that was
   * kept under the same key before is replaced.
   * @param key 1 to 512 characters.
   * @throws {TypeError} for a key that is not that.
   * @throws {URLError} `fileDoesNotExist` when the file is gone, `noSpaceLeft`.
   */
  async keep(key: string): Promise<void> {
    checkKey(key)
    await this.#access.call('keep', this.#reference, key)
  }

  /**
   * Browsers: hands the file to the user as a download; call it from a click, or the browser may ask or refuse.
   * Node: copies it to the path.
   * @param name Name shown to the user, or the path (Node). Default: `this.name`.
   * @throws {URLError} `fileDoesNotExist`; `cannotWriteToFile`, `noSpaceLeft` (Node); `unsupportedByPlatform` (workers).
   */
  async save(name: string = this.name): Promise<void> {
    const { saveBlob, call } = this.#access
    if (saveBlob) await saveBlob(await this.blob(), name)
    else await call('copy', this.#reference, name)
  }

  /** Removes the file now. Doing it twice is harmless. */
  async remove(): Promise<void> {
    await this.#access.call('removeFile', this.#reference.uid)
  }
}
