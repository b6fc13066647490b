/** The files that downloads left behind on purpose. */
import type { FileAccess } from './downloaded-file.ts'
import { checkKey } from './file-key.ts'
import type { LibraryFile } from './library-file.ts'

/**
 * What was kept with `file.keep(key)`. Default sessions of an origin share one library, a background session
 * has its own, an ephemeral session's goes with it.
 */
export class FileLibrary {
  readonly #access: FileAccess

  constructor(access: FileAccess) {
    this.#access = access
  }

  /** The file kept under `key`, or null: never kept, deleted, or removed by the browser. */
  async get(key: string): Promise<LibraryFile | null> {
    checkKey(key)
    return (await this.list()).find((file) => file.key === key) ?? null
  }

  /** All kept files, the newest first. */
  async list(): Promise<LibraryFile[]> {
    const [kept, { LibraryFile }] = await Promise.all([this.#access.call('kept'), import('./library-file.ts')])
    return kept.map((file) => new LibraryFile(file, this.#access))
  }

  /**
   * An address for `<video src>`, `fetch` and the like: a `blob:` URL (browsers; release it with
   * `URL.revokeObjectURL`) or a `file:` URL (Node). Null when there is no such file.
   */
  async url(key: string): Promise<string | null> {
    const file = await this.get(key)
    if (!file) return null
    if (file.path !== null) return new URL(`file://${file.path.split('/').map(encodeURIComponent).join('/')}`).href
    return URL.createObjectURL(await file.blob())
  }

  /** Deletes the file kept under `key`; false when there is none. */
  async delete(key: string): Promise<boolean> {
    checkKey(key)
    const files = (await this.list()).filter((file) => file.key === key)
    for (const file of files) await file.remove()
    return files.length > 0
  }
}
