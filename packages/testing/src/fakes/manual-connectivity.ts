/**
 * Owns: a network hint switched by hand.
 */
import type { Connectivity } from './ports.ts'

/** Online until told otherwise. */
export class ManualConnectivity implements Connectivity {
  #online = true
  readonly #listeners = new Set<(event: 'online' | 'offline' | 'wake') => void>()

  get online(): boolean {
    return this.#online
  }

  /** How many listen: 0 once everything was let go. */
  get listeners(): number {
    return this.#listeners.size
  }

  subscribe(listener: (event: 'online' | 'offline' | 'wake') => void): () => void {
    // Wrapped, so that the same function subscribed twice is two listeners.
    const own = (event: 'online' | 'offline' | 'wake'): void => listener(event)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  goOffline(): void {
    if (!this.#online) return
    this.#online = false
    this.#tell('offline')
  }

  goOnline(): void {
    if (this.#online) return
    this.#online = true
    this.#tell('online')
  }

  /** The machine woke up. */
  wake(): void {
    this.#tell('wake')
  }

  #tell(event: 'online' | 'offline' | 'wake'): void {
    for (const listener of [...this.#listeners]) listener(event)
  }
}
