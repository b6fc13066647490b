/**
 * Owns: every fake in one bundle, as the engine wants its platform.
 */
import type { DiskProcess } from './disk-process.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeDisk } from './fake-disk.ts'
import { FixedChance } from './fixed-chance.ts'
import { ManualConnectivity } from './manual-connectivity.ts'
import { type Chance, type DigestFactory, type Platform, URLError } from './ports.ts'
import { ScriptedTransport } from './scripted-transport.ts'
import { sha256Digest } from './sha256-digest.ts'

/** Parts to be used instead of new ones: the disk and the clock of an earlier life, say. */
export interface FakePlatformParts {
  disk?: FakeDisk
  /** The process whose stores and locks are used. Default: a new, immortal one on `disk`. */
  process?: DiskProcess
  clock?: FakeClock
  transport?: ScriptedTransport
  connectivity?: ManualConnectivity
  chance?: Chance
  digest?: DigestFactory
}

/** A platform made of fakes, each at hand. */
export interface FakePlatform extends Platform {
  readonly disk: FakeDisk
  readonly process: DiskProcess
  readonly clock: FakeClock
  readonly transport: ScriptedTransport
  readonly connectivity: ManualConnectivity
}

/** Puts a platform together. */
export function fakePlatform(parts: FakePlatformParts = {}): FakePlatform {
  const disk = parts.disk ?? parts.process?.disk ?? new FakeDisk()
  const process = parts.process ?? disk.process()
  const transport = parts.transport ?? new ScriptedTransport()
  const because = 'a fake platform, for tests'
  return {
    disk,
    process,
    transport,
    clock: parts.clock ?? new FakeClock(),
    connectivity: parts.connectivity ?? new ManualConnectivity(),
    chance: parts.chance ?? new FixedChance(),
    digest: parts.digest ?? sha256Digest,
    records: process.records,
    files: process.files,
    locks: process.locks,
    facts: {
      engine: 'inline',
      fileStore: { kind: 'memory', reason: because },
      records: { durable: true, reason: because },
    },
    place: (id, size, destination) => put(process, 'place', id, size, destination),
    copy: (id, size, destination) => put(process, 'copy', id, size, destination),
    placed: (path, size, type) =>
      process.look(() => {
        const bytes = disk.placed.get(path)
        return bytes && bytes.length >= size ? new Blob([bytes.subarray(0, size)], { type }) : null
      }),
  }
}

/** Puts a file at its destination on the disk, in one step that a death can leave half done. */
function put(
  process: DiskProcess,
  kind: 'place' | 'copy',
  id: string,
  size: number,
  destination: unknown,
): Promise<void> {
  const { files, placed } = process.disk
  const write = (length: number): void => {
    const file = files.get(id)
    if (!file) throw new URLError('fileDoesNotExist', { phase: 'storage', why: `there is no file ${id} to ${kind}` })
    placed.set(destination, file.read(0, length))
  }
  return process.step(
    kind,
    id,
    0,
    () => {
      write(size)
      if (kind === 'place') files.delete(id)
    },
    () => write(size >> 1),
  )
}
