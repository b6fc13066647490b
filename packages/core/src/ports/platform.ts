/** Everything a platform lends to the transfer engine, bundled in a composition root. */
import type { EngineFacts } from '../model/capabilities.ts'
import type { DownloadDestination } from '../model/download-options.ts'
import type { NetworkSettings } from '../model/network-options.ts'
import type { Chance, Clock } from './clock.ts'
import type { Connectivity } from './connectivity.ts'
import type { DigestFactory } from './digest.ts'
import type { FileStore } from './file-store.ts'
import type { Locks } from './locks.ts'
import type { RecordStore } from './record-store.ts'
import type { Transport } from './transport.ts'

export interface Platform {
  readonly transport: Transport
  /** Records that outlive the process. */
  readonly records: RecordStore
  readonly files: FileStore
  readonly clock: Clock
  readonly chance: Chance
  readonly connectivity: Connectivity
  readonly locks: Locks
  readonly digest: DigestFactory
  readonly facts: EngineFacts
  /**
   * Puts a finished file where the user asked for it. What goes to a path leaves the store, at the end and not before:
   * a file that is still there after a crash is put there again.
   */
  place(id: string, size: number, destination: DownloadDestination): Promise<void>
  /** Copies a finished file out of the store, which keeps its own. */
  copy(id: string, size: number, destination: DownloadDestination): Promise<void>
  /** A file that `place` put at a path, backed by the medium; null where there are no paths or no such file. */
  placed(path: string, size: number, type: string): Promise<Blob | null>
}

/** Makes the platform of one session: `namespace` separates sessions that must not share files. */
export type PlatformFactory = (options: PlatformOptions) => Promise<Platform>

export interface PlatformOptions {
  /** Safe as a file name: `[A-Za-z0-9._~-]{1,200}`. */
  readonly namespace: string
  /** Node only: the state directory, absolute; null picks the platform's own. */
  readonly directory: string | null
  /** Node only: proxy, TLS and cookies. The session's own object: an ephemeral session's cookies are known by it. */
  readonly settings?: NetworkSettings & { readonly directory: string | null }
}
