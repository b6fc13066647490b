/**
 * Owns the key that seals permanent credentials in Node: 32 random bytes in a file beside the records that only its owner may read.
 * That protects credentials from other users of the machine, and from whoever gets the records without the key: backups that
 * leave it out, a search through files, a log. It does not protect them from a program of the same user or from root,
 * who can read both; a keychain of the system would, and Node has none.
 */
import { chmod, mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder, temporaryName } from './durable-files.ts'
import { placeClaim } from './lock-claim.ts'
import { storing, systemCode } from './storage-errors.ts'

const NAME = 'credentials.key'
const LENGTH = 32

/**
 * @param directory The state directory.
 * @throws {URLError} `cannotCreateFile`, `noPermissionsToReadFile` …
 */
export async function credentialKey(directory: string): Promise<CryptoKey> {
  const path = join(directory, NAME)
  const bytes = await storing('cannotCreateFile', `the key of the credentials ${path}`, async () => {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    return (await read(path)) ?? (await make(directory, path))
  })
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
}

async function read(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const bytes = new Uint8Array(await readFile(path))
    // Half a key is one that the disk lost: what it sealed is lost as well.
    if (bytes.length !== LENGTH) return await rm(path, { force: true }).then(() => null)
    // Copying or unpacking it may have opened it to others.
    if (process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600)
    return bytes
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
}

/** Linked into place whole: of two processes that start at once, the second takes the first one's key. */
async function make(directory: string, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const temporary = join(directory, temporaryName())
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(crypto.getRandomValues(new Uint8Array(LENGTH)))
      await handle.datasync()
    } finally {
      await handle.close()
    }
    await placeClaim(temporary, path)
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined)
  }
  await syncFolder(directory)
  return new Uint8Array(await readFile(path))
}
