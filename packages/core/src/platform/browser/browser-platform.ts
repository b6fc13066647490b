/** Everything a browser lends to the transfer engine, in a dedicated worker or, with weaker storage, in a page. */
import type { PlatformFactory } from '../../ports/platform.ts'
import { browserChance } from './browser-chance.ts'
import { browserClock } from './browser-clock.ts'
import { browserConnectivity } from './browser-connectivity.ts'
import { readerOf } from './byob-reader.ts'
import { createFetchTransport } from './fetch-transport.ts'
import { openRecords } from './idb-records.ts'
import { lazyDigest } from './lazy-digest.ts'
import { pickFileStore } from './pick-file-store.ts'
import { placeFile } from './place-file.ts'
import { pickLocks } from './web-locks.ts'

/** @param engine Whether the engine has a worker to itself, or runs where the session was made. */
export const browserPlatform =
  (engine: 'worker' | 'inline'): PlatformFactory =>
  async ({ namespace }) => {
    const [files, opened, locks] = await Promise.all([pickFileStore(namespace), openRecords(), pickLocks()])
    return {
      transport: createFetchTransport(readerOf),
      records: opened.records,
      files,
      clock: browserClock,
      chance: browserChance,
      connectivity: browserConnectivity,
      locks,
      digest: lazyDigest,
      facts: {
        engine,
        fileStore: { kind: files.kind, reason: files.reason },
        records: { durable: opened.durable, reason: opened.reason },
      },
      // No file is ever moved out of the browser's storage, so placing is copying.
      place: (id, size, destination) => placeFile(files, id, size, destination),
      copy: (id, size, destination) => placeFile(files, id, size, destination),
      placed: async () => null,
    }
  }
