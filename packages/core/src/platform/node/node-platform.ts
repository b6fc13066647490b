/** Owns: what the engine is lent in Node, put together. */
import { join } from 'node:path'
import type { DigestFactory } from '../../ports/digest.ts'
import type { PlatformFactory } from '../../ports/platform.ts'
import { openDiskFiles } from './disk-files.ts'
import { openFileRecords } from './file-records.ts'
import { openLockFiles } from './lock-files.ts'
import { nodeChance } from './node-chance.ts'
import { nodeClock } from './node-clock.ts'
import { connectivity, nodeTransport } from './node-network.ts'
import { copyPlacedFile, placedBlob, placeFile } from './place-file.ts'
import { stateDirectory } from './state-directory.ts'

/**
 * A platform whose state is in `directory`: records and locks of all sessions in folders they share, the
 * files of each session in a folder of its own.
 * @throws {URLError} `cannotCreateFile` when a folder cannot be made.
 */
export const nodePlatform: PlatformFactory = async ({ namespace, directory, settings }) => {
  const root = directory ?? stateDirectory()
  const [files, records, locks] = await Promise.all([
    openDiskFiles(join(root, namespace, 'files')),
    openFileRecords(join(root, 'records')),
    openLockFiles(join(root, 'locks')),
  ])
  return {
    transport: nodeTransport(settings ?? { directory, proxy: null, tls: null, cookies: null }),
    records,
    files,
    clock: nodeClock,
    chance: nodeChance,
    connectivity,
    locks,
    digest,
    facts: {
      engine: 'inline',
      fileStore: { kind: files.kind, reason: files.reason },
      records: { durable: true, reason: 'records are files in the state directory' },
    },
    place: (id, size, destination) => placeFile(files.pathOf(id), size, destination),
    copy: (id, size, destination) => copyPlacedFile(files.pathOf(id), size, destination),
    placed: placedBlob,
  }
}

/** The hash code is loaded with the first digest, and never by a session that checks none. */
const digest: DigestFactory = async (algorithm, state) => {
  const { createDigest } = await import('../digest/index.ts')
  return createDigest(algorithm, state)
}
