/**
 * Owns: locks between the engines of one test: several parties in one domain, each of which can die.
 */
import type { Lock, Locks } from './ports.ts'

/** What several parties (tabs, processes) have their locks in. */
export class LockDomain {
  readonly #held = new Map<string, LockParty>()
  readonly #waiting = new Set<() => void>()

  /** One more party. */
  party(): LockParty {
    return new LockParty(this)
  }

  holder(name: string): LockParty | null {
    return this.#held.get(name) ?? null
  }

  /** @returns whether `party` has the lock now. */
  take(name: string, party: LockParty): boolean {
    if (this.#held.has(name)) return false
    this.#held.set(name, party)
    return true
  }

  free(name: string, party: LockParty): void {
    if (this.#held.get(name) !== party) return
    this.#held.delete(name)
    for (const wake of [...this.#waiting]) wake()
  }

  /** Resolves at the next time any lock is freed. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake)
        resolve()
      }
      this.#waiting.add(wake)
    })
  }
}

/** One party's locks. */
export class LockParty implements Locks {
  readonly #domain: LockDomain
  readonly #names = new Set<string>()
  #dying = false

  constructor(domain: LockDomain) {
    this.#domain = domain
  }

  async acquire(name: string): Promise<Lock | null> {
    while (!this.#domain.take(name, this)) {
      const holder = this.#domain.holder(name)
      // Only one that is just dying is waited for.
      if (!holder || !holder.#dying) return null
      await this.#domain.change()
    }
    this.#names.add(name)
    let released = false
    return {
      release: async () => {
        if (released) return
        released = true
        this.#names.delete(name)
        this.#domain.free(name, this)
      },
    }
  }

  async isHeld(name: string): Promise<boolean> {
    return this.#domain.holder(name) !== null
  }

  /** Begins to die: keeps its locks, but others wait for them from now on. `die` ends it. */
  startDying(): void {
    this.#dying = true
  }

  /** Dies: every lock it holds is free. */
  die(): void {
    this.#dying = true
    for (const name of [...this.#names]) {
      this.#names.delete(name)
      this.#domain.free(name, this)
    }
  }
}
