import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, inject, test } from 'vitest'
import {
  fileStoreContract,
  locksContract,
  recordStoreContract,
  runContract,
  transportContract,
} from '../../src/contracts/index.ts'
import { createFetchTransport } from '../../../core/src/platform/node/fetch-transport.ts'
import { openDiskFiles } from '../../../core/src/platform/node/disk-files.ts'
import { openFileRecords } from '../../../core/src/platform/node/file-records.ts'
import { openLockFiles } from '../../../core/src/platform/node/lock-files.ts'
const dir = (): Promise<string> => mkdtemp(join(tmpdir(), 'probe-'))
const where = new WeakMap<object, string>()
const at = async <T extends object>(open: (d: string) => Promise<T>, d?: string): Promise<T> => {
  const f = d ?? (await dir())
  const s = await open(f)
  where.set(s, f)
  return s
}
describe('transport', () =>
  runContract(test, transportContract({ transport: () => createFetchTransport(), origin: inject('origin') })))
describe('files', () => runContract(test, fileStoreContract({ open: () => at(openDiskFiles) })))
describe('records', () =>
  runContract(
    test,
    recordStoreContract({ open: () => at(openFileRecords), reopen: (s) => at(openFileRecords, where.get(s)) }),
  ))
describe('locks', () =>
  runContract(
    test,
    locksContract({
      parties: async () => {
        const d = await dir()
        return [await openLockFiles(d), await openLockFiles(d)]
      },
    }),
  ))
