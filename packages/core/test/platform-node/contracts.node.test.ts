/** The contract suites of the ports, on the real thing: this disk, real processes, real sockets. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import {
  fileStoreContract,
  locksContract,
  recordStoreContract,
  socketContract,
  transportContract,
} from '../../../testing/src/contracts/index.ts'
import { SessionConfiguration } from 'urlsession'
import { describe, inject, onTestFinished, test } from 'vitest'
import type { FileStore, FileWriter } from '../../src/ports/file-store.ts'
import type { RecordStore } from '../../src/ports/record-store.ts'
import { openDiskFiles } from '../../src/platform/node/disk-files.ts'
import { createFetchTransport } from '../../src/platform/node/fetch-transport.ts'
import { openFileRecords } from '../../src/platform/node/file-records.ts'
import { openLockFiles } from '../../src/platform/node/lock-files.ts'
import { nodeSockets } from '../../src/platform/node/web-socket-transport.ts'
import { LockProcess } from './support/lock-process.ts'
import { scratch } from './support/scratch.ts'
import { smallDisk } from './support/small-disk.ts'

/** Where a store that was opened here stands. */
const folders = new WeakMap<object, string>()

async function at<Store extends object>(folder: string, open: (folder: string) => Promise<Store>): Promise<Store> {
  const store = await open(folder)
  folders.set(store, folder)
  return store
}

/** What a process that starts after a crash finds: what is in the folder, under another name. */
async function after<Store extends object>(store: Store, open: (folder: string) => Promise<Store>): Promise<Store> {
  const copy = join(await scratch(), 'copy')
  await cp(folders.get(store) as string, copy, { recursive: true })
  return await at(copy, open)
}

/** Closes in the end what a case leaves open as if it had died. */
function closing(store: FileStore): FileStore {
  const opened: FileWriter[] = []
  const open = store.open.bind(store)
  store.open = async (id) => {
    const writer = await open(id)
    opened.push(writer)
    return writer
  }
  onTestFinished(async () => void (await Promise.all(opened.map((writer) => writer.close()))))
  return store
}

describe('files on disk', () => {
  const open = async (): Promise<FileStore> => closing(await at(await scratch(), openDiskFiles))
  const small = smallDisk
  const full = small === null ? {} : { full: async (bytes: number) => await openDiskFiles(await small(bytes)) }
  const reopen = async (store: FileStore): Promise<FileStore> => await after<FileStore>(store, openDiskFiles)
  for (const { name, run } of fileStoreContract({ open, reopen, ...full })) test(name, run)
})

describe('records as files', () => {
  const open = async (): Promise<RecordStore> => await at(await scratch(), openFileRecords)
  const reopen = async (store: RecordStore): Promise<RecordStore> => await after(store, openFileRecords)
  for (const { name, run } of recordStoreContract({ open, reopen })) test(name, run)
})

describe('lock files between two processes', () => {
  const parties = async (): Promise<readonly [LockProcess, Awaited<ReturnType<typeof openLockFiles>>]> => {
    const folder = await scratch()
    return [await LockProcess.start(folder), await openLockFiles(folder)]
  }
  for (const { name, run } of locksContract({ parties, die: (party) => (party as LockProcess).kill() })) test(name, run)
})

describe('transport over node:http', () => {
  const harness = { transport: () => createFetchTransport(), origin: inject('origin') }
  for (const { name, run } of transportContract(harness)) test(name, run)
})

describe('sockets by ws', () => {
  const transport = (): ReturnType<typeof nodeSockets> => nodeSockets(SessionConfiguration.ephemeral().settings)
  const harness = { transport, origin: inject('origin'), pauses: true, opaque: false }
  for (const { name, run } of socketContract(harness)) test(name, run)
})
