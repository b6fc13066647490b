/** Owns: another process that holds locks, spoken to as if it were here. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import type { Lock, Locks } from '../../../src/ports/locks.ts'

export class LockProcess implements Locks {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (value: unknown) => void>()
  #calls = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (message) => {
      const { id, value } = message as { id: number; value: unknown }
      this.#waiting.get(id)?.(value)
      this.#waiting.delete(id)
    })
  }

  static async start(folder: string): Promise<LockProcess> {
    const child = fork(new URL('./lock-child.ts', import.meta.url), [folder], { execArgv: [] })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child, 'message')
    return new LockProcess(child)
  }

  async acquire(name: string): Promise<Lock | null> {
    const { id, answer } = this.#call('acquire', name)
    return (await answer) === true ? { release: async () => void (await this.#call('release', name, id).answer) } : null
  }

  async isHeld(name: string): Promise<boolean> {
    return (await this.#call('isHeld', name).answer) === true
  }

  /** SIGKILL: the process has no say in it, and no time. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.kill(signal)
    await gone
  }

  /** Ends in good order, without having released anything. */
  async quit(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }

  #call(call: 'acquire' | 'release' | 'isHeld', name: string, lock = 0): { id: number; answer: Promise<unknown> } {
    const id = ++this.#calls
    const answer = new Promise<unknown>((resolve) => this.#waiting.set(id, resolve))
    this.#child.send({ id, call, name, lock })
    return { id, answer }
  }
}
