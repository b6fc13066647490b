/**
 * Finished files: what the caller kept, what still lies about until its session ends, and what goes.
 * Keeping moves no byte: it is a record that names the file.
 */
import type { DownloadDestination } from '../model/download-options.ts'
import { fileOf } from '../model/uid.ts'
import { URLError } from '../model/url-error.ts'
import type { Platform } from '../ports/platform.ts'
import type { Ledger } from '../storage/ledger.ts'
import type { FileReference, KeptFile } from '../wire/commands.ts'

export class KeptFiles {
  readonly #platform: Platform
  readonly #ledger: Ledger
  readonly #owner: string
  /** Files that nobody kept and that live until the session ends. */
  readonly #loose = new Set<string>()
  /** The last of what was begun: nobody looks at the shelf while somebody else changes it. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(platform: Platform, ledger: Ledger, owner: string) {
    this.#platform = platform
    this.#ledger = ledger
    this.#owner = owner
  }

  /** Resolves when everything that was begun so far has ended. */
  async quiet(): Promise<void> {
    await this.#last
  }

  /** A transfer is settled: its file stays if it was kept, or for now if somebody may still use it. */
  release(file: string, wanted: boolean): Promise<void> {
    return this.#inTurn(async () => {
      if (await this.#isKept(file)) return
      if (!wanted) return this.#platform.files.remove(file)
      await this.#ledger.claim(file, this.#owner)
      this.#loose.add(file)
    })
  }

  /** The session ends: loose files go, and what was kept too where nothing is to be remembered. */
  releaseAll(forgetKept: boolean): Promise<void> {
    return this.#inTurn(async () => {
      for (const file of [...this.#loose]) await this.#remove(file)
      if (!forgetKept) return
      for (const { uid } of await this.#ledger.kept()) await this.#remove(uid)
      for (const { uid } of await this.#ledger.allParked()) {
        await this.#platform.files.remove(fileOf(uid))
        await this.#ledger.unpark(uid)
      }
    })
  }

  isKept(file: string): Promise<boolean> {
    return this.#inTurn(() => this.#isKept(file))
  }

  /** Keeps a file under a key; a file that was kept under it before goes. */
  keep(file: FileReference, key: string): Promise<void> {
    return this.#inTurn(() => this.#keep(file, key))
  }

  remove(file: string): Promise<void> {
    return this.#inTurn(() => this.#remove(file))
  }

  /** Newest first; a file that the platform removed is not among them. */
  list(): Promise<KeptFile[]> {
    return this.#inTurn(() => this.#list())
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => {})
    return done
  }

  async #isKept(file: string): Promise<boolean> {
    return (await this.#ledger.kept()).some((record) => record.uid === file)
  }

  async #keep(file: FileReference, key: string): Promise<void> {
    const placed = file.path !== null && (await this.#platform.files.size(file.uid)) === null
    if (placed && (await this.#platform.placed(file.path, file.size, '')))
      throw new URLError('unsupportedByPlatform', {
        phase: 'delivery',
        why: `${file.name} is at its destination, and not in the store`,
      })
    await this.#assertThere(file)
    const { uid, name, size, type, digest } = file
    const replaced = (await this.#ledger.kept()).filter((record) => record.key === key && record.uid !== uid)
    const keptAt = this.#platform.clock.now()
    await this.#ledger.keep({ v: 1, kind: 'kept', uid, key, name, size, mime: type, digest, keptAt })
    if (this.#loose.delete(uid)) await this.#ledger.unclaim(uid)
    for (const record of replaced) await this.#remove(record.uid)
  }

  async #remove(file: string): Promise<void> {
    await this.#ledger.unkeep(file)
    if (this.#loose.delete(file)) await this.#ledger.unclaim(file)
    await this.#platform.files.remove(file)
  }

  async #list(): Promise<KeptFile[]> {
    const records = (await this.#ledger.kept()).toSorted((a, b) => b.keptAt - a.keptAt)
    const files: KeptFile[] = []
    for (const { uid, key, name, size, mime, digest, keptAt } of records) {
      if ((await this.#platform.files.size(uid)) !== size) continue
      files.push({ uid, key, name, size, type: mime, digest, keptAt, path: this.#platform.files.path(uid) })
    }
    return files
  }

  /** @throws {URLError} `fileDoesNotExist` when the file is gone, or shorter than it was. */
  async blob({ uid, name, size, type, path }: FileReference): Promise<Blob> {
    const stored = await this.#platform.files.blob(uid, size, type)
    const blob = stored ?? (path === null ? null : await this.#platform.placed(path, size, type))
    if (!blob || blob.size !== size) throw gone(name)
    return blob
  }

  async copyTo(file: FileReference, destination: DownloadDestination): Promise<void> {
    await this.#assertThere(file)
    await this.#platform.copy(file.uid, file.size, destination)
  }

  async #assertThere(file: FileReference): Promise<void> {
    const size = await this.#platform.files.size(file.uid)
    if (size === null || size < file.size) throw gone(file.name)
  }
}

const gone = (name: string): URLError =>
  new URLError('fileDoesNotExist', {
    phase: 'storage',
    why: `${name} is gone: it was not kept, or the platform removed it`,
    hint: 'call file.keep(key) in time',
  })
