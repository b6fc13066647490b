/** What a crash sweep needs: a server that counts, an app that can be started on any disk, and the look at what is left. */
import { FakeDisk } from '../../../../testing/src/fakes/fake-disk.ts'
import { everyDeath, type DeathMoment, type DiskProcess } from '../../../../testing/src/fakes/disk-process.ts'
import type { UnflushedFate } from '../../../../testing/src/fakes/fake-disk.ts'
import type { StandingAnswer } from '../../../../testing/src/fakes/scripted-transport.ts'
import { serveContent, type ServedContent } from '../../../../testing/src/fakes/served-content.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { expect } from 'vitest'
import { fileOf } from '../../../src/model/uid.ts'
import type { DownloadRecord } from '../../../src/storage/records.ts'
import { Life, TickingClock, type LifeOptions } from './engine-life.ts'
import { overclaims } from './durable.ts'

export const SIZE = 64_000
const PIECE = 4000
/** Milliseconds a piece takes: ten pieces a second. */
const PACE = 100
/** A second of bytes, and the piece that was on its way. */
const MAY_BE_LOST = 10 * PIECE + PIECE

/** One world: a disk, a server, and the bytes that it gave. */
export class World {
  given = 0
  readonly clock = new TickingClock()
  readonly content: ServedContent = { size: SIZE, seed: 1, piece: PIECE, etag: '"v1"' }
  /** Called before each answer, with how many there were. */
  beforeAnswer: (count: number) => void = () => {}
  #answers = 0
  #process: DiskProcess | null = null

  readonly serve: StandingAnswer = (request, index) => {
    this.beforeAnswer(this.#answers++)
    // A copy: what changes later changes no answer that is under way.
    const answer = serveContent({ ...this.content })(request, index)
    if (!answer || answer instanceof Error || !answer.content) return answer
    const { content } = answer
    const read = (offset: number, length: number): Uint8Array => {
      // What a dead engine still reads in this process, it would not read.
      if (!this.#process?.dead) this.given += length
      this.clock.tick(PACE)
      return content.read(offset, length)
    }
    return { ...answer, content: { ...content, read } }
  }

  get bytes(): Uint8Array {
    return contentAt(this.content.seed ?? 1, 0, this.content.size)
  }

  life(process: DiskProcess, options: LifeOptions = {}): Life {
    this.#process = process
    const clock = this.clock
    const life = new Life({ process, clock, settings: { retry: { baseDelay: 1, maximumDelay: 1 } }, ...options })
    life.platform.transport.answerWith(this.serve)
    return life
  }
}

/** What the user of the session does, over as many lives as it takes. */
export type App = (life: Life, world: World) => Promise<void>

/** Downloads one file and keeps it, whatever is there already. */
export const keeper =
  (task: Parameters<Life['start']>[0] = {}): App =>
  async (life) => {
    const { tasks } = await life.open()
    const [there] = tasks
    if (there && !there.running) await life.engine.resume(there.uid)
    const kept = await life.engine.kept()
    if (there || kept.length === 0) {
      const uid = there?.uid ?? (await life.start({ uid: 'sweeping-1', ...task }))
      const file = await life.finished(uid)
      await life.engine.keep(file, 'mine')
      await life.engine.settle(uid, false)
    }
    await life.engine.close()
  }

export interface Sweep {
  readonly app?: App
  readonly arrange?: (world: World) => void
  readonly options?: LifeOptions
  readonly writesAtOnce?: boolean
  readonly fates?: readonly UnflushedFate[]
  readonly moments?: readonly DeathMoment[]
  /** Bytes that may come twice, besides those of a checkpoint. */
  readonly refetched?: number
  /** What must hold in the end, besides the bytes. */
  readonly inTheEnd?: (disk: FakeDisk, world: World) => Promise<void> | void
}

/** Kills the app at every step of the disk and looks at what is left, and at what the next lives make of it. */
export async function sweep({
  app = keeper(),
  arrange = () => {},
  options = {},
  refetched = 0,
  ...more
}: Sweep): Promise<number> {
  const worlds = new WeakMap<FakeDisk, World>()
  const begin = (): FakeDisk => {
    const disk = new FakeDisk()
    const world = new World()
    arrange(world)
    worlds.set(disk, world)
    return disk
  }
  const worldOf = (disk: FakeDisk): World => worlds.get(disk) as World
  const run = async (process: DiskProcess): Promise<void> => {
    process.options.writesAtOnce = more.writesAtOnce ?? false
    await app(worldOf(process.disk).life(process, options), worldOf(process.disk))
  }
  return everyDeath(
    begin,
    run,
    async (disk, death) => {
      const what = JSON.stringify(death)
      const world = worldOf(disk)
      expect(overclaims(disk), what).toBeNull()
      trustworthy(disk, world, what)
      await run(disk.process())
      await more.inTheEnd?.(disk, world)
      expect(world.given - world.content.size - refetched, `${what}: bytes that came twice`).toBeLessThanOrEqual(
        MAY_BE_LOST,
      )
    },
    { fates: more.fates ?? ['kept', 'lost', 'zeroed', 'torn'], moments: more.moments ?? ['before', 'during', 'after'] },
  )
}

/** What a record claims is what the server gave: of the version that the record names. */
function trustworthy(disk: FakeDisk, { content }: World, what: string): void {
  for (const [key, value] of disk.records) {
    if (!/\/(task|parked)\//.test(key)) continue
    const { uid, entity, ranges } = value as DownloadRecord
    const seed = entity?.etag === '"v1"' ? 1 : entity?.etag === '"v2"' ? 2 : (content.seed ?? 1)
    const bytes = disk.bytesOf(fileOf(uid))
    for (const [from, to] of ranges) {
      if (disk.placed.size > 0 && !bytes) continue
      expect(bytes?.slice(from, to), `${what}: ${key} ${from}-${to}`).toEqual(contentAt(seed, from, to - from))
    }
  }
}

/** The one kept file is there whole, and nothing else is on the disk. */
export async function onlyTheFile(disk: FakeDisk, world: World): Promise<void> {
  const keys = [...disk.records.keys()].filter((key) => !/\/session$|\/used\//.test(key))
  expect(keys).toEqual([expect.stringContaining('/kept/')])
  const id = keys[0]?.split('/').at(-1) ?? ''
  expect([...disk.files.keys()]).toEqual([id])
  expect(disk.bytesOf(id)).toEqual(world.bytes)
}
