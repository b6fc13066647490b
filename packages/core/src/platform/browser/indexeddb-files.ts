/**
 * Files as parts in IndexedDB, for where synchronous file handles are refused: private windows, pages
 * without a worker, some builds of WebKit. A fifth as fast as OPFS, but it lasts.
 */
import type { FileStore, FileWriter } from '../../ports/file-store.ts'
import { FileParts, partsOf } from './indexeddb-parts.ts'
import { IndexedDBWriter } from './indexeddb-writer.ts'
import { openOnce } from './open-once.ts'
import { committed, connect, settled, type Transact } from './record-connection.ts'
import { availableSpace, told } from './storage-error.ts'

const DATABASE = 'urlsession-files'

export interface IndexedDBFilesOptions {
  readonly reason?: string
  /** Whether parts are stored as blobs, which is better, or as buffers. */
  readonly blobs: boolean
}

export class IndexedDBFiles implements FileStore {
  readonly kind = 'indexeddb'
  readonly reason: string
  readonly #namespace: string
  readonly #blobs: boolean
  readonly #transact: Transact
  /** Files being written here. Other tabs are kept away by the session's lock. */
  readonly #open = new Set<string>()

  constructor(namespace: string, { reason = '', blobs }: IndexedDBFilesOptions) {
    this.#namespace = namespace
    this.reason = reason
    this.#blobs = blobs
    this.#transact = connect(DATABASE, 'parts')
  }

  open(id: string): Promise<FileWriter> {
    return openOnce(this.#open, id, async (onClose) => {
      const parts = (await this.#find(id)) ?? (await FileParts.create(this.#transact, this.#namespace, id))
      return new IndexedDBWriter(parts, this.#blobs, onClose)
    })
  }

  size(id: string): Promise<number | null> {
    return told('cannotOpenFile', async () => (await this.#find(id))?.size ?? null)
  }

  /** Null also when bytes are missing anywhere before `size`. */
  blob(id: string, size: number, type: string): Promise<Blob | null> {
    return told('cannotOpenFile', async () => {
      const blob = await (await this.#find(id))?.slice([0, size], type)
      return blob?.size === size ? blob : null
    })
  }

  path(): null {
    return null
  }

  remove(id: string): Promise<void> {
    return told('cannotOpenFile', () =>
      this.#transact('readwrite', async (store) => {
        store.delete(partsOf(this.#namespace, id))
        await committed(store)
      }),
    )
  }

  list(): Promise<string[]> {
    return told('cannotOpenFile', async () => {
      const keys = await this.#transact('readonly', (store) => settled(store.getAllKeys(partsOf(this.#namespace))))
      return [...new Set(keys.map((key) => (key as [string, string])[1]))]
    })
  }

  available(): Promise<number | null> {
    return availableSpace()
  }

  #find(id: string): Promise<FileParts | null> {
    return FileParts.find(this.#transact, this.#namespace, id)
  }
}
