/** Where the bytes go in each engine, by itself and where it is refused one storage after the other: every time they arrive. */
import type { Storage } from './drivers/browser.ts'
import { begin, finish, place } from './support/life.ts'
import { expect, test } from './support/stage.ts'

interface Row {
  readonly name: string
  readonly storage?: Storage
  /** How the page is opened. */
  readonly how?: string
  readonly fileStore: { readonly firefox: string; readonly webkitgtk: string }
  readonly survivesRestart?: boolean
}

const rows: readonly Row[] = [
  // This build of WebKit has the interface of synchronous handles and nothing behind it.
  { name: 'as the browser comes', fileStore: { firefox: 'opfs', webkitgtk: 'indexeddb' } },
  { name: 'OPFS refused', how: 'refuse=opfs', fileStore: { firefox: 'indexeddb', webkitgtk: 'indexeddb' } },
  {
    name: 'OPFS and IndexedDB refused',
    how: 'refuse=opfs,indexeddb',
    fileStore: { firefox: 'memory', webkitgtk: 'memory' },
    survivesRestart: false,
  },
  { name: 'a private window', storage: 'private', fileStore: { firefox: 'indexeddb', webkitgtk: 'indexeddb' } },
  {
    name: 'nothing may be stored',
    storage: 'none',
    fileStore: { firefox: 'memory', webkitgtk: 'memory' },
    survivesRestart: false,
  },
]

for (const { name, storage, how, fileStore, survivesRestart = true } of rows)
  test(`a download arrives: ${name}`, async ({ engineName, here, launch, open, note }) => {
    const file = here.file('stored.bin', { size: 13_333_333, seed: 41 })
    const { hex } = await file.sha256()
    const { tab } = await launch(storage)
    await open(tab, how)
    await begin(tab, file)
    expect(await finish(tab, here)).toEqual({ size: file.size, sha256: hex, digest: null, warnings: [] })
    const { why, ...found } = await place(tab)
    note(`${name}: ${found.fileStore}: ${why}`)
    expect(found, why).toEqual({ engine: 'worker', fileStore: fileStore[engineName], survivesRestart })
  })
