/**
 * Owns: records as one JSON file each. Why files and not a database: Node 22 has none that is stable,
 * a damaged file costs one record and not all, and a person can read what is there.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RecordStore } from '../../ports/record-store.ts'
import { removeLeftovers, syncFolder, writeDurably } from './durable-files.ts'
import { keyOfDamaged, recordFromText, recordToText } from './record-text.ts'
import { fileNameOf, isShortened, mayStartWith, textOf } from './safe-name.ts'
import { storing, systemCode } from './storage-errors.ts'

/** What stands for a record whose file is damaged. The file stays as it is. */
export interface UnreadableRecord {
  readonly unreadableText: string
}

const EXTENSION = '.json'
/** Nobody writes one record for longer: what is older was left by a process that died. */
const LEFTOVER_AGE = 3_600_000
/** Files open at once: enough to keep the disk busy, far from any limit. */
const LANES = 16

/** @throws {URLError} `cannotCreateFile` when the folder cannot be made. */
export async function openFileRecords(folder: string): Promise<RecordStore> {
  await storing('cannotCreateFile', `the records folder ${folder}`, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await removeLeftovers(folder, LEFTOVER_AGE)
  })
  return new FileRecords(folder)
}

class FileRecords implements RecordStore {
  readonly #folder: string
  /**
   * The end of each lane. A key always takes the same one, so that two writes of it never overtake each
   * other; and a thousand writes at once open no more files than there are lanes.
   */
  readonly #lanes: Promise<unknown>[] = Array.from({ length: LANES }, () => Promise.resolve())

  constructor(folder: string) {
    this.#folder = folder
  }

  get(key: string): Promise<unknown> {
    return this.#inTurn(key, async () => (await this.#read(fileNameOf(key)))?.value)
  }

  // Not async: the value is taken down at the call, so that the caller may go on changing it.
  set(key: string, value: unknown): Promise<void> {
    const text = recordToText(key, value)
    return this.#inTurn(key, () =>
      storing('cannotWriteToFile', `the record ${key}`, () =>
        writeDurably(this.#folder, fileNameOf(key) + EXTENSION, text),
      ),
    )
  }

  delete(key: string): Promise<void> {
    return this.#inTurn(key, () =>
      storing('cannotWriteToFile', `the record ${key}`, async () => {
        await rm(join(this.#folder, fileNameOf(key) + EXTENSION), { force: true })
        await syncFolder(this.#folder)
      }),
    )
  }

  async entries(prefix: string): Promise<[key: string, value: unknown][]> {
    const names = await storing('cannotOpenFile', `the records folder ${this.#folder}`, () => readdir(this.#folder))
    const wanted = names
      .filter((name) => name.endsWith(EXTENSION))
      .map((name) => name.slice(0, -EXTENSION.length))
      .filter((name) => mayStartWith(name, prefix))
      .toSorted()
    const found: [string, unknown][] = []
    for (let at = 0; at < wanted.length; at += LANES) {
      const records = await Promise.all(wanted.slice(at, at + LANES).map((name) => this.#read(name)))
      for (const record of records) if (record?.key.startsWith(prefix)) found.push([record.key, record.value])
    }
    return found
  }

  async #read(name: string): Promise<{ key: string; value: unknown } | null> {
    const path = join(this.#folder, name + EXTENSION)
    const text = await storing('cannotOpenFile', `the record file ${path}`, () =>
      readFile(path, 'utf8').catch(nullIfMissing),
    )
    if (text === null) return null
    try {
      const record = recordFromText(text)
      if (fileNameOf(record.key) === name) return record
    } catch {
      // Falls through: a record that cannot be read is handed on as it is, for the ledger to judge.
    }
    const value: UnreadableRecord = { unreadableText: text }
    return { key: (isShortened(name) ? keyOfDamaged(text) : null) ?? textOf(name), value }
  }

  #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const lane = laneOf(key)
    const run = (this.#lanes[lane] ?? Promise.resolve()).then(work)
    this.#lanes[lane] = run.catch(() => undefined)
    return run
  }
}

function laneOf(key: string): number {
  let hash = 0
  for (let index = 0; index < key.length; index++) hash = (Math.imul(hash, 31) + key.charCodeAt(index)) >>> 0
  return hash % LANES
}

function nullIfMissing(error: unknown): null {
  if (systemCode(error) === 'ENOENT') return null
  throw error
}
