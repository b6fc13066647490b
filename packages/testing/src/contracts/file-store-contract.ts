/**
 * Owns: what every FileStore promises.
 */
import { contentAt } from '../origin/content.ts'
import type { FileStore, FileWriter } from '../fakes/ports.ts'
import { type ContractCase, check, isURLError, rejection, same, sameBytes } from './cases.ts'

/** How the contract gets at an adapter. */
export interface FileStoreHarness {
  /** A store on fresh, empty storage. */
  open: () => Promise<FileStore>
  /** The same storage again, as after a restart: writers that were open are gone. Without it those cases are left out. */
  reopen?: (store: FileStore) => Promise<FileStore>
  /** A store whose medium takes at most about this many bytes. Without it that case is left out. */
  full?: (bytes: number) => Promise<FileStore>
}

const id = 'file-0001'
const piece = (seed: number, length: number): Uint8Array => contentAt(seed, 0, length)
const join = (...parts: Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0)
  return all
}
const bytesOf = async (blob: Blob | null, what: string): Promise<Uint8Array> => {
  check(blob !== null, `${what}: there is no blob`)
  return new Uint8Array(await blob.arrayBuffer())
}

/** Throws unless `actual` is `expected` up to some byte, `least` or later: a store may end a read at bytes that were never written. */
function startOf(actual: Uint8Array, expected: Uint8Array, least: number, what: string): void {
  check(actual.length >= least, `${what}: expected ${least} bytes at least, got ${actual.length}`)
  sameBytes(actual, expected.subarray(0, actual.length), what)
}

/** The cases. */
export function fileStoreContract({ open, reopen, full }: FileStoreHarness): ContractCase[] {
  const cases: ContractCase[] = []
  const on = (name: string, run: (store: FileStore) => Promise<void>): void =>
    void cases.push({ name, run: async () => run(await open()) })
  const writing = (name: string, run: (writer: FileWriter, store: FileStore) => Promise<void>): void =>
    on(name, async (store) => {
      const writer = await store.open(id)
      try {
        await run(writer, store)
      } finally {
        await writer.close()
      }
    })

  on('a file that was never written is not there', async (store) => {
    same(await store.size(id), null, 'size')
    same(await store.blob(id, 0, ''), null, 'blob')
    check(!(await store.list()).includes(id), 'not in the list')
    await store.remove(id)
  })

  on('opening makes an empty file', async (store) => {
    const writer = await store.open(id)
    same(writer.size, 0, 'size')
    await writer.flush()
    await writer.close()
    same(await store.size(id), 0, 'size in the store')
    same(await store.list(), [id], 'list')
    same((await bytesOf(await store.blob(id, 0, ''), 'empty file')).length, 0, 'blob')
  })

  writing('reads back what was written, at any offset and in any order', async (writer) => {
    const bytes = piece(1, 300_000)
    for (const [from, to] of [
      [200_000, 300_000],
      [0, 70_001],
      [70_001, 200_000],
    ] as const)
      await writer.write(bytes.subarray(from, to), from)
    sameBytes(await writer.read(0, 300_000), bytes, 'whole')
    sameBytes(await writer.read(69_990, 22), bytes.subarray(69_990, 70_012), 'across two writes')
    sameBytes(await writer.read(299_990, 100), bytes.subarray(299_990), 'past the end')
    same((await writer.read(300_000, 10)).length, 0, 'at the end')
    same((await writer.read(900_000, 10)).length, 0, 'far past the end')
  })

  writing(
    'a later write replaces; a gap reads as zeros or not at all; an empty write changes nothing',
    async (writer, store) => {
      await writer.write(piece(1, 100), 0)
      await writer.write(piece(2, 10), 50)
      await writer.write(piece(3, 10), 200_000)
      await writer.write(new Uint8Array(0), 50)
      sameBytes(await writer.read(0, 100), join(piece(1, 50), piece(2, 10), piece(1, 100).subarray(60)), 'replaced')
      startOf(await writer.read(100, 199_900), new Uint8Array(199_900), 0, 'gap')
      sameBytes(await writer.read(200_000, 10), piece(3, 10), 'behind the gap')
      await writer.flush()
      same(await store.size(id), 200_010, 'size')
    },
  )

  writing('the caller may reuse his buffer once write has settled', async (writer) => {
    const buffer = new Uint8Array(50_000)
    for (let i = 0; i < 8; i++) {
      buffer.set(piece(i, 50_000))
      await writer.write(buffer, i * 50_000)
    }
    buffer.fill(0)
    await writer.flush()
    for (let i = 0; i < 8; i++) sameBytes(await writer.read(i * 50_000, 50_000), piece(i, 50_000), `piece ${i}`)
  })

  writing('takes a view into a larger buffer', async (writer) => {
    const large = piece(4, 10_000)
    await writer.write(large.subarray(3, 5003), 0)
    sameBytes(await writer.read(0, 5000), large.subarray(3, 5003), 'bytes')
  })

  writing('writes that overlap in time all arrive', async (writer) => {
    const bytes = piece(5, 1_000_000)
    const write = async (i: number): Promise<void> =>
      writer.write(bytes.slice(i * 50_000, (i + 1) * 50_000), i * 50_000)
    await Promise.all(Array.from({ length: 20 }, (_, i) => write(i)))
    sameBytes(await writer.read(0, 1_000_000), bytes, 'bytes')
  })

  writing('takes one write of 8 MiB', async (writer) => {
    const bytes = piece(6, 8 << 20)
    await writer.write(bytes, 0)
    await writer.flush()
    sameBytes(await writer.read(0, 8 << 20), bytes, 'bytes')
  })

  writing('truncate cuts, never lengthens, and what was cut does not come back', async (writer, store) => {
    await writer.write(piece(7, 1000), 0)
    await writer.truncate(5000)
    await writer.flush()
    same(await store.size(id), 1000, 'size after truncating to more')
    await writer.truncate(400)
    await writer.write(piece(8, 10), 600)
    const expected = join(piece(7, 400), new Uint8Array(200), piece(8, 10))
    startOf(await writer.read(0, 610), expected, 400, 'what was cut')
    sameBytes(await writer.read(600, 10), piece(8, 10), 'what was written behind it')
    await writer.truncate(0)
    await writer.flush()
    same(await store.size(id), 0, 'size after truncating to nothing')
  })

  on('a file has one writer at a time', async (store) => {
    const writer = await store.open(id)
    isURLError(await rejection(store.open(id), 'a second writer'), ['cannotOpenFile'], 'a second writer')
    const other = await store.open('file-0002')
    await other.close()
    await writer.close()
    await (await store.open(id)).close()
  })

  on('close never throws, also twice', async (store) => {
    const writer = await store.open(id)
    await writer.write(piece(1, 10), 0)
    await writer.close()
    await writer.close()
  })

  on('what was flushed is there when the file is opened again, and can be gone on with', async (store) => {
    const first = await store.open(id)
    await first.write(piece(1, 70_000), 0)
    await first.flush()
    await first.close()
    const second = await store.open(id)
    same(second.size, 70_000, 'size')
    await second.write(piece(2, 1000), 70_000)
    await second.flush()
    sameBytes(await second.read(0, 71_000), join(piece(1, 70_000), piece(2, 1000)), 'bytes')
    await second.close()
  })

  on('a blob has exactly the first bytes, and the type', async (store) => {
    const writer = await store.open(id)
    await writer.write(piece(3, 600_000), 0)
    await writer.flush()
    await writer.close()
    const blob = await store.blob(id, 524_289, 'video/mp4')
    same([blob?.size, blob?.type], [524_289, 'video/mp4'], 'size and type')
    sameBytes(await bytesOf(blob, 'blob'), piece(3, 524_289), 'bytes')
    sameBytes(
      new Uint8Array(await (blob as Blob).slice(100_000, 100_100).arrayBuffer()),
      piece(3, 600_000).subarray(100_000, 100_100),
      'slice',
    )
    same((await bytesOf(await store.blob(id, 0, ''), 'empty blob')).length, 0, 'empty blob')
  })

  on('removed is gone, and the others stay', async (store) => {
    for (const name of [id, 'file-0002', '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef']) {
      const writer = await store.open(name)
      await writer.write(piece(1, 10), 0)
      await writer.flush()
      await writer.close()
    }
    same((await store.list()).length, 3, 'list')
    await store.remove(id)
    same(await store.size(id), null, 'size')
    same((await store.list()).toSorted().length, 2, 'list')
    same(await store.size('file-0002'), 10, 'the other')
    const again = await store.open(id)
    same(again.size, 0, 'size of a new file with the old id')
    await again.close()
  })

  on('available is a number of bytes or null', async (store) => {
    const bytes = await store.available()
    check(bytes === null || (Number.isFinite(bytes) && bytes >= 0), `available: ${bytes}`)
  })

  if (reopen) {
    on('what was flushed is there after a restart, though nobody closed', async (store) => {
      const writer = await store.open(id)
      await writer.write(piece(1, 300_000), 0)
      await writer.flush()
      const again = await reopen(store)
      const size = await again.size(id)
      check(size !== null && size >= 300_000, `size after restart: ${size}`)
      const next = await again.open(id)
      sameBytes(await next.read(0, 300_000), piece(1, 300_000), 'bytes')
      await next.close()
    })
  }

  if (full) {
    cases.push({
      name: 'a full medium is noSpaceLeft, and what was flushed before stays',
      run: async () => {
        const store = await full(2 << 20)
        const writer = await store.open(id)
        await writer.write(piece(1, 1 << 20), 0)
        await writer.flush()
        const fill = async (): Promise<void> => {
          for (let at = 1 << 20; at < 64 << 20; at += 1 << 20) {
            await writer.write(piece(2, 1 << 20), at)
            await writer.flush()
          }
        }
        isURLError(await rejection(fill, 'writing on'), ['noSpaceLeft'], 'writing on')
        sameBytes(await writer.read(0, 1 << 20), piece(1, 1 << 20), 'what was there')
        await writer.close()
      },
    })
  }
  return cases
}
