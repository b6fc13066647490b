/**
 * Owns: locks between processes, as files in a folder. Why files: Node has no locks that the system frees
 * when a process dies, so a lock names its owner, and whoever wants it looks whether that one still lives.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { mkdir, open, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Lock, Locks } from '../../ports/locks.ts'
import { claimText, lifeOfOwner, placeClaim, readClaim, type Claim } from './lock-claim.ts'
import { freshPath, succeed, tidy } from './lock-succession.ts'
import { sweepLocks } from './lock-sweep.ts'
import type { Life } from './process-identity.ts'
import { fileNameOf } from './safe-name.ts'
import { storing } from './storage-errors.ts'

export interface LockTiming {
  /** An owner touches its lock this often, for those who cannot look at its process. */
  readonly beat: number
  /** Without a touch for this long, an owner is suspected to be dead … */
  readonly stale: number
  /** … and found dead when it does not touch its lock while it is watched for this long. */
  readonly watch: number
}

/** Milliseconds to wait for a living heir in all, and between two looks. */
const HEIR_PATIENCE = 1_000
const HEIR_STEP = 5

const TIMING: LockTiming = { beat: 5_000, stale: 30_000, watch: 12_000 }

/** What this process holds: the lock's path and our token in it. */
const held = new Map<string, string>()
/** Locks that are being taken or let go: whoever comes meanwhile waits for the outcome. */
const busy = new Map<string, Promise<unknown>>()
let exitHooked = false

/** @throws {URLError} `cannotCreateFile` when the folder cannot be made. */
export async function openLockFiles(folder: string, timing: LockTiming = TIMING): Promise<Locks> {
  await storing('cannotCreateFile', `the locks folder ${folder}`, () => mkdir(folder, { recursive: true, mode: 0o700 }))
  await sweepLocks(folder).catch(() => undefined)
  return new LockFiles(folder, timing)
}

class LockFiles implements Locks {
  readonly #folder: string
  readonly #timing: LockTiming

  constructor(folder: string, timing: LockTiming) {
    this.#folder = folder
    this.#timing = timing
  }

  async acquire(name: string): Promise<Lock | null> {
    const path = this.#path(name)
    return await oneAfterAnother(path, async () => {
      if (held.has(path)) return null
      return await storing('cannotCreateFile', `the lock ${path}`, () => this.#take(path))
    })
  }

  async isHeld(name: string): Promise<boolean> {
    const path = this.#path(name)
    if (held.has(path)) return true
    return await storing('cannotOpenFile', `the lock ${path}`, async () => {
      const claim = await readClaim(path)
      return claim !== null && (await this.#judge(claim, path)) !== 'dead'
    })
  }

  #path(name: string): string {
    return join(this.#folder, `${fileNameOf(name)}.lock`)
  }

  async #take(path: string): Promise<Lock | null> {
    const token = randomUUID()
    const fresh = freshPath(path, token)
    await writeFile(fresh, claimText(token), { flag: 'wx', mode: 0o600 })
    try {
      if (!(await this.#settle(path, fresh))) return null
    } finally {
      await rm(fresh, { force: true }).catch(() => undefined)
    }
    held.set(path, token)
    hookExit()
    const handle = await open(path, 'r+').catch(() => null)
    await tidy(path).catch(() => undefined)
    return new HeldLock(path, token, handle, this.#timing.beat)
  }

  /** True when our claim stands at `path`, false when somebody else's does who lives. */
  async #settle(path: string, fresh: string): Promise<boolean> {
    const patience = Date.now() + HEIR_PATIENCE
    for (;;) {
      if (await placeClaim(fresh, path)) return true
      const claim = await readClaim(path)
      if (claim === null) continue
      if ((await this.#judge(claim, path)) !== 'dead') return false
      const outcome = await succeed(path, fresh, claim, (other, at) => this.#judge(other, at))
      if (outcome === 'done') return true
      if (outcome === 'changed') continue
      // Whoever is taking it over needs but a moment, and may only be tidying up.
      if (Date.now() > patience) return false
      await setTimeout(HEIR_STEP)
    }
  }

  async #judge(claim: Claim, path: string): Promise<Life> {
    const life = lifeOfOwner(claim)
    if (life !== 'unknown') return life
    // Its process cannot be looked at, so its beat must tell. A machine that just woke up has not beaten for long either.
    if (Date.now() - claim.seen < this.#timing.stale) return 'alive'
    await setTimeout(this.#timing.watch)
    const now = await readClaim(path)
    return now?.token === claim.token && now.seen === claim.seen ? 'dead' : 'alive'
  }
}

class HeldLock implements Lock {
  readonly #path: string
  readonly #token: string
  readonly #handle: FileHandle | null
  readonly #beating: NodeJS.Timeout
  #released: Promise<void> | null = null

  constructor(path: string, token: string, handle: FileHandle | null, beat: number) {
    this.#path = path
    this.#token = token
    this.#handle = handle
    this.#beating = setInterval(() => this.#touch(), beat).unref()
  }

  release(): Promise<void> {
    this.#released ??= oneAfterAnother(this.#path, async () => {
      clearInterval(this.#beating)
      await this.#handle?.close().catch(() => undefined)
      const claim = await readClaim(this.#path).catch(() => null)
      if (claim?.token === this.#token) await rm(this.#path, { force: true })
      held.delete(this.#path)
    })
    return this.#released
  }

  #touch(): void {
    const now = new Date()
    this.#handle?.utimes(now, now).catch(() => undefined)
  }
}

function oneAfterAnother<T>(path: string, work: () => Promise<T>): Promise<T> {
  const run = (busy.get(path) ?? Promise.resolve()).then(work, work)
  const settled = run
    .catch(() => undefined)
    .finally(() => {
      if (busy.get(path) === settled) busy.delete(path)
    })
  busy.set(path, settled)
  return run
}

/** A process that ends in good order takes its locks along; one that is killed leaves them to be found dead. */
function hookExit(): void {
  if (exitHooked) return
  exitHooked = true
  process.on('exit', () => {
    for (const [path, token] of held) {
      try {
        if (readFileSync(path, 'utf8').includes(token)) rmSync(path, { force: true })
      } catch {
        // It is gone, or the disk is: whoever comes next will find us dead.
      }
    }
  })
}
