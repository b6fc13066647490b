/** Owns: folders that a test may fill, gone when it ends. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A new, empty folder. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'urlsession-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
