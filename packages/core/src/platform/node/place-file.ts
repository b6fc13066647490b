/**
 * Owns: a finished download on its way to the path the user named. Why by rename: whoever looks at that path
 * sees the old file or the whole new one, never half of it, whatever dies in between.
 */
import { constants } from 'node:fs'
import { copyFile, mkdir, open, rename, rm, stat, truncate } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { DownloadDestination } from '../../model/download-options.ts'
import { URLError } from '../../model/url-error.ts'
import { diskBlob } from './disk-blob.ts'
import { syncFolder } from './durable-files.ts'
import { storageError, systemCode } from './storage-errors.ts'

/** The step that a test replaces to see what happens across two file systems. */
export type Rename = (from: string, to: string) => Promise<void>

/**
 * Moves the first `size` bytes of the file `from` to `destination`, replacing what is there. A relative
 * path is meant from the working directory.
 * @throws {URLError} `fileDoesNotExist`, `cannotMoveFile`, `noSpaceLeft`; `unsupportedByPlatform` for a picked file.
 */
export async function placeFile(
  from: string,
  size: number,
  destination: DownloadDestination,
  move: Rename = rename,
): Promise<void> {
  await deliver(from, size, destination, async (target, there) => {
    if (there > size) await truncate(from, size)
    try {
      await move(from, target)
    } catch (error) {
      if (systemCode(error) !== 'EXDEV') throw error
      await copyInto(from, size, target)
      await rm(from)
    }
  })
}

/** As `placeFile`, but `from` stays. */
export async function copyPlacedFile(from: string, size: number, destination: DownloadDestination): Promise<void> {
  await deliver(from, size, destination, (target) => copyInto(from, size, target))
}

/** The file at a path, backed by the disk; null when it is not there or not of that size any more. */
export async function placedBlob(path: string, size: number, type: string): Promise<Blob | null> {
  try {
    const blob = await diskBlob(resolve(path), type)
    return blob?.size === size ? blob : null
  } catch {
    return null
  }
}

async function deliver(
  from: string,
  size: number,
  destination: DownloadDestination,
  put: (target: string, there: number) => Promise<void>,
): Promise<void> {
  if (typeof destination !== 'string')
    throw new URLError('unsupportedByPlatform', {
      phase: 'delivery',
      why: 'Node has no file picker, so there are no picked files to write to',
      hint: 'give a path',
    })
  const target = resolve(destination)
  try {
    const there = await sizeOf(from)
    if (there === null || there < size)
      throw new URLError('fileDoesNotExist', {
        phase: 'delivery',
        why: there === null ? 'the stored bytes were removed' : `there are ${there} bytes, and ${size} were expected`,
      })
    await mkdir(dirname(target), { recursive: true })
    await put(target, there)
    await syncFolder(dirname(target))
  } catch (error) {
    throw storageError(error, 'cannotMoveFile', `putting the file at ${target}`, 'delivery')
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
}

/**
 * Copies to a name beside the target first, so that the target changes at once. That name is always the
 * same for one file: what a killed process left there is overwritten by the next.
 */
async function copyInto(from: string, size: number, target: string): Promise<void> {
  const beside = join(dirname(target), `.urlsession-${basename(from)}`)
  try {
    // On file systems that can, the copy shares its blocks with the original.
    await copyFile(from, beside, constants.COPYFILE_FICLONE)
    const handle = await open(beside, 'r+')
    try {
      if ((await handle.stat()).size > size) await handle.truncate(size)
      await handle.datasync()
    } finally {
      await handle.close()
    }
    await rename(beside, target)
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined)
    throw error
  }
}
