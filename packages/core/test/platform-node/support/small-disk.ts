/** Owns: a disk that is soon full. Where one cannot be had (not root, not Linux) the tests that need it are left out. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

const run = promisify(execFile)
const mounted = (bytes: number, folder: string): string[] => ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]

/** A folder on a file system of its own that takes `bytes`; null where none can be made. */
export const smallDisk: ((bytes: number) => Promise<string>) | null = canMount() ? mountSmallDisk : null

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const folder = mkdtempSync(join(tmpdir(), 'urlsession-mount-'))
  try {
    execFileSync('mount', mounted(65_536, folder), { stdio: 'ignore' })
    execFileSync('umount', [folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  } finally {
    rmdirSync(folder)
  }
}

async function mountSmallDisk(bytes: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'urlsession-mount-'))
  await run('mount', mounted(bytes, folder))
  onTestFinished(async () => {
    await run('umount', ['-l', folder])
    await rmdir(folder)
  })
  return folder
}
