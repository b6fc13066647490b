/**
 * Chooses where bytes live by really writing, reading and removing a file: what a browser announces and
 * what it lets through differ in private windows, in WebKit and where storage is blocked.
 */
import type { FileStore, FileWriter } from '../../ports/file-store.ts'
import { describeCause } from '../../model/url-error.ts'
import { IndexedDBFiles } from './indexeddb-files.ts'
import { JoinedFiles, type OtherFiles } from './joined-files.ts'
import { MemoryFiles, MEMORY_LIMIT } from './memory-files.ts'
import { OPFSFiles } from './opfs-files.ts'

type Candidate = readonly [name: string, make: (reason: string) => FileStore, praise: string]

const candidates = (namespace: string): readonly Candidate[] => [
  ['OPFS', (reason) => new OPFSFiles(namespace, reason), 'files are in OPFS'],
  [
    'IndexedDB with blobs',
    (reason) => new IndexedDBFiles(namespace, { blobs: true, reason }),
    'files are parts in IndexedDB',
  ],
  [
    'IndexedDB with buffers',
    (reason) => new IndexedDBFiles(namespace, { blobs: false, reason }),
    'files are buffers in IndexedDB, and a finished one passes through memory',
  ],
]

/**
 * The best store that took a file and gave it back; its `reason` says why the better ones were passed over. The others are
 * joined to it as far as they can be had: an earlier engine may have left files there.
 */
export async function pickFileStore(
  namespace: string,
  list: readonly Candidate[] = candidates(namespace),
): Promise<FileStore> {
  const refusals: string[] = []
  for (const [index, [name, make, praise]] of list.entries()) {
    try {
      const store = make([praise, ...refusals].join('; '))
      await prove(store)
      return await joined(store, list, index)
    } catch (error) {
      refusals.push(`${name} was refused: ${describeCause(innermost(error)) ?? 'no reason given'}`)
    }
  }
  const praise = `files are in memory, at most ${MEMORY_LIMIT >> 20} MiB, and go with the page`
  return joined(new MemoryFiles([praise, ...refusals].join('; ')), list, list.length)
}

/** With the stores of other kinds that tell what they have: those before the picked one refused to be written. */
async function joined(picked: FileStore, list: readonly Candidate[], at: number): Promise<FileStore> {
  const others: OtherFiles[] = []
  for (const [index, [, make]] of list.entries()) {
    const store = make('')
    if ([picked, ...others.map((other) => other.store)].some(({ kind }) => kind === store.kind)) continue
    const there = await store.list().catch(() => null)
    if (there) others.push({ store, writable: index > at })
  }
  return others.length > 0 ? new JoinedFiles(picked, others) : picked
}

async function prove(store: FileStore): Promise<void> {
  const id = `probe-${Math.random().toString(36).slice(2, 12)}-0`
  let writer: FileWriter | undefined
  try {
    writer = await store.open(id)
    await writer.write(new Uint8Array([1, 2, 3]), 0)
    await writer.flush()
    await writer.close()
    const blob = await store.blob(id, 3, '')
    if (!blob || new Uint8Array(await blob.arrayBuffer()).join() !== '1,2,3')
      throw new Error('what was written could not be read')
  } finally {
    // Where no writer can be had, the empty file may be there all the same.
    await writer?.close()
    await store.remove(id)
  }
}

/** What the browser threw, under what we made of it. */
const innermost = (error: unknown): unknown =>
  error instanceof Error && error.cause !== undefined ? innermost(error.cause) : error
