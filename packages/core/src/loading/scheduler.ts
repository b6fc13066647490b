/** Who may open a connection: at most so many per host, the most important first, then the oldest. */
interface Waiter {
  readonly uid: string
  readonly host: string
  readonly since: number
  priority: number
  readonly grant: () => void
}

export class Scheduler {
  readonly #perHost: number
  readonly #waiting: Waiter[] = []
  readonly #holding = new Map<string, string>()
  #arrivals = 0

  constructor(perHost: number) {
    this.#perHost = perHost
  }

  /** True where nobody ever has to wait. */
  get unlimited(): boolean {
    return this.#perHost === Number.POSITIVE_INFINITY
  }

  /** Calls `grant` once, soon, when a slot is free. */
  request(uid: string, host: string, priority: number, grant: () => void): void {
    this.release(uid)
    this.#waiting.push({ uid, host, priority, grant, since: this.#arrivals++ })
    queueMicrotask(() => this.#serve())
  }

  /** Gives back the slot, or the place in the queue. Harmless when there is neither. */
  release(uid: string): void {
    if (this.unlimited) return
    const index = this.#waiting.findIndex((waiter) => waiter.uid === uid)
    if (index >= 0) this.#waiting.splice(index, 1)
    if (this.#holding.delete(uid)) queueMicrotask(() => this.#serve())
  }

  reprioritize(uid: string, priority: number): void {
    const waiter = this.#waiting.find((one) => one.uid === uid)
    if (waiter) waiter.priority = priority
  }

  #serve(): void {
    const order = this.#waiting.toSorted((a, b) => b.priority - a.priority || a.since - b.since)
    for (const waiter of order) {
      const used = [...this.#holding.values()].filter((host) => host === waiter.host).length
      const index = this.#waiting.indexOf(waiter)
      if (used >= this.#perHost || index < 0) continue
      this.#waiting.splice(index, 1)
      this.#holding.set(waiter.uid, waiter.host)
      waiter.grant()
    }
  }
}
