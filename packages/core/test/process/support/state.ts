/** Owns: what lies in a state directory, as somebody sees it who opens it with an editor. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A new, empty state directory. */
export async function stateDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'urlsession-process-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

export interface StoredTask {
  readonly v: number
  readonly uid: string
  readonly ranges: [number, number][]
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

/** Names of the record files of one shelf: `task`, `quarantine`, `kept` … */
export const records = async (directory: string, shelf: string): Promise<string[]> =>
  (await namesIn(join(directory, 'records'))).filter((name) => name.includes(`%2f${shelf}%2f`))

/** Names of the files that hold bytes, of all sessions. */
export async function byteFiles(directory: string): Promise<string[]> {
  const all = await Promise.all((await namesIn(directory)).map((name) => namesIn(join(directory, name, 'files'))))
  return all.flat()
}

/** As an eviction, or a tidy user, would. */
export async function removeByteFiles(directory: string): Promise<void> {
  for (const name of await namesIn(directory))
    await rm(join(directory, name, 'files'), { recursive: true, force: true })
}

export const recordText = (directory: string, name: string): Promise<string> =>
  readFile(join(directory, 'records', name), 'utf8')

/** The only stored transfer, or null. */
export async function storedTask(directory: string): Promise<StoredTask | null> {
  const [name] = await records(directory, 'task')
  return name === undefined ? null : (JSON.parse(await recordText(directory, name)) as { value: StoredTask }).value
}

/** Writes a stored transfer's record anew, the only one's if none is named, its text changed; answers with that. */
export async function editTask(directory: string, change: (text: string) => string, name?: string): Promise<string> {
  const file = name ?? (await records(directory, 'task'))[0] ?? ''
  const text = change(await recordText(directory, file))
  await writeFile(join(directory, 'records', file), text)
  return text
}

/** Bytes of the only stored transfer that are durable. */
export async function durableBytes(directory: string): Promise<number> {
  const { ranges = [] } = (await storedTask(directory)) ?? {}
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0)
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(path)) hash.update(bytes as Uint8Array)
  return hash.digest('hex')
}
