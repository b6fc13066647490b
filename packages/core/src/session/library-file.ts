/** A file that was kept. Loaded with the first that is looked for. */
import type { KeptFile } from '../wire/commands.ts'
import { DownloadedFile, type FileAccess } from './downloaded-file.ts'

/** A kept file with the key it was kept under. */
export class LibraryFile extends DownloadedFile {
  readonly key: string
  readonly keptAt: Date

  constructor(kept: KeptFile, access: FileAccess) {
    super(kept, access)
    this.key = kept.key
    this.keptAt = new Date(kept.keptAt)
  }
}
