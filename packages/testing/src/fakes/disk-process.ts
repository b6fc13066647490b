/**
 * Owns: one process that uses a fake disk: its stores, the count of its steps, and its death.
 */
import { DiskFiles } from './disk-files.ts'
import { DiskRecords } from './disk-records.ts'
import type { FakeDisk, UnflushedFate } from './fake-disk.ts'
import type { LockParty } from './fake-locks.ts'
import { settle } from './turns.ts'

/** Everything that changes the disk is a step; reading is not. */
export type StepKind = 'set' | 'delete' | 'open' | 'write' | 'flush' | 'truncate' | 'remove' | 'place' | 'copy'

/** One step of a process. */
export interface Step {
  /** 1, 2, 3 … */
  readonly number: number
  readonly kind: StepKind
  /** The record's key or the file's id. */
  readonly what: string
  /** Bytes of a write, else 0. */
  readonly bytes: number
}

/** Where in its last step a process dies. */
export type DeathMoment =
  /** The step does nothing. Default. */
  | 'before'
  /** A write, a place and a copy put down half of their bytes; any other step does nothing. */
  | 'during'
  /** The step is done, and nobody hears of it. */
  | 'after'

/** How a process fails. */
export interface ProcessOptions {
  /** Dies at this step, counted from 1. Default: never. */
  dieAt?: number
  moment?: DeathMoment
  /** What its unflushed bytes come to. Default `'kept'`. */
  unflushed?: UnflushedFate
  /** What calls do after death: `'reject'` (default), or `'hang'`, as code that is not there any more. */
  afterDeath?: 'reject' | 'hang'
  /** Files are written at once (as sync handles do) instead of with a promise. Default false. */
  writesAtOnce?: boolean
  /** Called before each step; an error that it returns fails that step and nothing else. */
  beforeStep?: (step: Step) => Error | null | undefined | void
}

/** What a dead process's calls reject with. */
export class ProcessDied extends Error {
  override readonly name = 'ProcessDied'
}

/** A process. `records`, `files` and `locks` are the ports. */
export class DiskProcess {
  readonly disk: FakeDisk
  readonly records: DiskRecords
  readonly files: DiskFiles
  readonly locks: LockParty
  /** Every step taken. */
  readonly steps: Step[] = []
  readonly options: ProcessOptions
  /** Resolves when it dies. */
  readonly death: Promise<void>
  #dead = false
  #toll: () => void = () => {}
  #gate: Promise<void> | null = null
  #openGate: (() => void) | null = null

  constructor(disk: FakeDisk, options: ProcessOptions) {
    this.disk = disk
    this.options = options
    this.records = new DiskRecords(this)
    this.files = new DiskFiles(this)
    this.locks = disk.locks.party()
    this.death = new Promise((resolve) => {
      this.#toll = resolve
    })
  }

  get dead(): boolean {
    return this.#dead
  }

  /** Dies now. Its locks are free, its writers gone. */
  die(): void {
    if (this.#dead) return
    this.#dead = true
    for (const file of this.disk.files.values()) if (file.writer === this) file.crash(this.options.unflushed ?? 'kept')
    this.locks.die()
    this.goOn()
    this.#toll()
  }

  /** A slow disk: no step of this process is taken until `goOn`. (Without effect on writes at once.) */
  hold(): void {
    this.#gate ??= new Promise((resolve) => {
      this.#openGate = resolve
    })
  }

  goOn(): void {
    this.#openGate?.()
    this.#gate = null
    this.#openGate = null
  }

  /** Takes one step, or fails as told. `half` is what a death in the middle leaves done. */
  async step<T>(kind: StepKind, what: string, bytes: number, run: () => T, half?: () => void): Promise<T> {
    while (this.#gate && !this.#dead) await this.#gate
    // One turn, so that nothing a caller must await is done already when the call returns.
    await Promise.resolve()
    return this.#dead ? this.#afterDeath() : this.#take(kind, what, bytes, run, half)
  }

  /** As `step`, at once; throws instead of rejecting. */
  stepAtOnce<T>(kind: StepKind, what: string, bytes: number, run: () => T, half?: () => void): T {
    if (this.#dead) throw new ProcessDied(`${kind} ${what}: the process is dead`)
    return this.#take(kind, what, bytes, run, half)
  }

  /** For calls that only read. */
  async look<T>(run: () => T): Promise<T> {
    await Promise.resolve()
    return this.#dead ? this.#afterDeath() : run()
  }

  #take<T>(kind: StepKind, what: string, bytes: number, run: () => T, half?: () => void): T {
    const step: Step = { number: this.steps.length + 1, kind, what, bytes }
    this.steps.push(step)
    const { dieAt, moment = 'before', beforeStep } = this.options
    if (step.number === dieAt) {
      if (moment === 'during') half?.()
      if (moment === 'after') run()
      this.die()
      throw new ProcessDied(`died at step ${step.number}, ${moment} ${kind} ${what}`)
    }
    const failure = beforeStep?.(step)
    if (failure) throw failure
    return run()
  }

  #afterDeath<T>(): Promise<T> {
    if (this.options.afterDeath === 'hang') return new Promise<T>(() => {})
    return Promise.reject(new ProcessDied('the process is dead'))
  }
}

/**
 * Runs `life` once with a process that does not die, to count its steps, and then once for every step and each of
 * `moments`, dying there; `afterwards` is called with each disk that is left, and is where the test looks.
 */
export async function everyDeath(
  begin: () => FakeDisk,
  life: (process: DiskProcess) => Promise<unknown>,
  afterwards: (
    disk: FakeDisk,
    death: Required<Pick<ProcessOptions, 'dieAt' | 'moment' | 'unflushed'>>,
  ) => Promise<void>,
  {
    moments = ['before', 'during', 'after'],
    fates = ['kept', 'lost', 'zeroed', 'torn'],
    most = 10_000,
  }: {
    moments?: readonly DeathMoment[]
    fates?: readonly UnflushedFate[]
    /** The most steps tried. */
    most?: number
  } = {},
): Promise<number> {
  const whole = begin().process()
  await life(whole)
  const steps = Math.min(most, whole.steps.length)
  let deaths = 0
  for (let dieAt = 1; dieAt <= steps; dieAt++) {
    for (const moment of moments) {
      for (const unflushed of fates) {
        const disk = begin()
        const process = disk.process({ dieAt, moment, unflushed })
        await Promise.race([life(process).catch(() => {}), process.death])
        await settle()
        process.die()
        await afterwards(disk, { dieAt, moment, unflushed })
        deaths++
      }
    }
  }
  return deaths
}
