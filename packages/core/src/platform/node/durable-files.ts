/**
 * Owns: writing a small file so that a crash at any moment leaves the old one or the new one, whole.
 * Why: rename is the only step a file system promises to do at once, and both the file and its folder
 * must have reached the medium before anybody relies on them.
 */
import { randomUUID } from 'node:crypto'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** How a file that is still being written is called; no safe name looks like it. */
const TEMPORARY = /^\.new-[0-9a-f-]{36}$/

export const temporaryName = (): string => `.new-${randomUUID()}`

/** Replaces `folder/name` by `text`; durable when it resolves. */
export async function writeDurably(folder: string, name: string, text: string): Promise<void> {
  const temporary = join(folder, temporaryName())
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.datasync()
    } finally {
      await handle.close()
    }
    await rename(temporary, join(folder, name))
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
  await syncFolder(folder)
}

/** Makes new, renamed and removed names of a folder durable. Windows cannot open folders, and needs not. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes what writers that died left behind: only what is older than `age` milliseconds. */
export async function removeLeftovers(folder: string, age: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!TEMPORARY.test(name)) continue
    const path = join(folder, name)
    try {
      const { mtimeMs } = await stat(path)
      if (Date.now() - mtimeMs > age) await rm(path, { force: true })
    } catch {
      // Gone already, or not ours to remove: it does no harm where it is.
    }
  }
}
