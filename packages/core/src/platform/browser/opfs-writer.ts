/**
 * One open OPFS file. Writing is synchronous, so nothing is copied, queued or awaited between the
 * network's buffer and the file.
 */
import { URLError } from '../../model/url-error.ts'
import type { FileWriter } from '../../ports/file-store.ts'
import { storageError } from './storage-error.ts'

export class OPFSWriter implements FileWriter {
  readonly size: number
  readonly #handle: FileSystemSyncAccessHandle
  readonly #onClose: () => void

  constructor(handle: FileSystemSyncAccessHandle, onClose: () => void) {
    this.#handle = handle
    this.#onClose = onClose
    this.size = handle.getSize()
  }

  write(bytes: Uint8Array, at: number): void {
    const total = bytes.byteLength
    for (let done = 0; done < total;) {
      const written = this.#tried(() =>
        this.#handle.write(done === 0 ? bytes : bytes.subarray(done), { at: at + done }),
      )
      // A disk that is full takes what fits, then nothing, without an error; some browsers then answer with nonsense.
      if (!(written > 0 && written <= total - done))
        throw new URLError('noSpaceLeft', { phase: 'storage', why: `${total - done} bytes were not taken` })
      done += written
    }
  }

  async read(at: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    let done = 0
    for (let got = 1; got > 0 && done < length; done += got)
      got = this.#tried(() => this.#handle.read(bytes.subarray(done), { at: at + done }))
    return bytes.subarray(0, done)
  }

  async flush(): Promise<void> {
    this.#tried(() => this.#handle.flush())
  }

  async truncate(size: number): Promise<void> {
    // Truncating would also lengthen a shorter file, with zeros nobody sent.
    this.#tried(() => size < this.#handle.getSize() && this.#handle.truncate(size))
  }

  async close(): Promise<void> {
    try {
      this.#handle.close()
    } catch {
      // Then it is closed already.
    }
    this.#onClose()
  }

  #tried<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw storageError(error, 'cannotWriteToFile')
    }
  }
}
