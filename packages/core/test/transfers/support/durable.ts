/** What a fake disk would still have after a power cut, held against what its records claim. */
import type { FakeDisk } from '../../../../testing/src/fakes/fake-disk.ts'
import { fileOf } from '../../../src/model/uid.ts'

interface Claims {
  readonly uid: string
  readonly ranges?: readonly (readonly [number, number])[]
  readonly size?: number
}

/** Bytes of a file that are flushed; 0 where there is none. */
export function durableSize(disk: FakeDisk, id: string): number {
  const copy = disk.files.get(id)?.copy()
  copy?.crash('lost')
  return copy?.size ?? 0
}

/** The first record that claims more than its file durably holds, in words; null when there is none. */
export function overclaims(disk: FakeDisk): string | null {
  for (const [key, value] of disk.records) {
    const shelf = /\/(task|parked|kept)\//.exec(key)?.[1]
    if (!shelf) continue
    const { uid, ranges = [], size } = value as Claims
    // What was placed where the user wanted it is not in the store any more.
    if (disk.placed.size > 0) continue
    const claimed = shelf === 'kept' ? (size ?? 0) : (ranges.at(-1)?.[1] ?? 0)
    const durable = durableSize(disk, fileOf(uid))
    if (claimed > durable) return `${key} claims ${claimed} bytes, ${durable} are durable`
  }
  return null
}
