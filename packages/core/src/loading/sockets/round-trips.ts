/** How long answers took, in milliseconds: what of it a task's metrics tell. */
import type { SocketMetrics } from '../../model/metrics.ts'

export class RoundTrips {
  #count = 0
  #sum = 0
  #last = 0
  #least = Number.POSITIVE_INFINITY

  add(milliseconds: number): void {
    this.#count += 1
    this.#sum += milliseconds
    this.#last = milliseconds
    this.#least = Math.min(this.#least, milliseconds)
  }

  get metrics(): SocketMetrics['roundTrip'] {
    if (this.#count === 0) return null
    return { count: this.#count, last: this.#last, least: this.#least, mean: this.#sum / this.#count }
  }
}
