/** A program with all the processes that it starts, so that all of them can be killed at once; none outlives this process. */
import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds for a program to be there, and for a killed one to be gone. */
const START_LIMIT = 60_000
const DEATH_LIMIT = 5000
const POLL = 50
const KEPT_OUTPUT = 10_000

const running = new Set<Program>()
process.once('exit', () => running.forEach((program) => program.signal('SIGKILL')))

export class Program {
  readonly #name: string
  readonly #child: ChildProcess
  #output = ''
  #over = false

  constructor(command: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#name = command
    // A group of its own, which a signal reaches as a whole.
    this.#child = spawn(command, words, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const hear = (data: Buffer): void => {
      this.#output = (this.#output + String(data)).slice(-KEPT_OUTPUT)
    }
    this.#child.stdout?.on('data', hear)
    this.#child.stderr?.on('data', hear)
    this.#child.once('error', (error) => {
      this.#output += error.message
      this.#over = true
    })
    this.#child.once('exit', () => {
      this.#over = true
    })
    running.add(this)
  }

  /** The end of what it printed. */
  get output(): string {
    return this.#output
  }

  /** Asks `probe` until it has an answer; what it throws counts as none. */
  async until<Value>(what: string, probe: () => Value | undefined | Promise<Value | undefined>): Promise<Value> {
    for (const end = Date.now() + START_LIMIT; Date.now() < end && !this.#over; await sleep(POLL)) {
      const value = await (async () => probe())().catch(() => undefined)
      if (value !== undefined) return value
    }
    this.signal('SIGKILL')
    throw new Error(
      `${this.#name}: ${what}: not there after ${START_LIMIT} ms, or it ended. It printed:\n${this.#output}`,
    )
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL')
    for (const end = Date.now() + DEATH_LIMIT; Date.now() < end && this.signal(0);) await sleep(POLL)
    running.delete(this)
  }

  /** False when there is nobody left to hear it. */
  signal(name: NodeJS.Signals | 0): boolean {
    try {
      return this.#child.pid !== undefined && process.kill(-this.#child.pid, name)
    } catch {
      return false
    }
  }
}
