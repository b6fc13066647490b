/**
 * How much is sent at once: sizes of parts and their number, from what was seen. A part should take some seconds, so that neither the
 * round trip between two of them nor what a break costs matters; more of them side by side only as long as that makes it faster.
 */

/** Milliseconds that a part should take. */
const PART_TIME = 8000
const FIRST_PART = 16 << 20
const SMALLEST_PART = 256 << 10
const LARGEST_PART = 512 << 20
/** Of the six connections that a browser has for a host, two are left to everybody else. */
const MOST_AT_ONCE = 4

export interface PaceOptions {
  readonly chunkSize: number | null
  readonly parallel: number | null
  readonly bytesPerSecond: number | null
  readonly now: () => number
}

export class Pace {
  readonly #options: PaceOptions
  #size = FIRST_PART
  #atOnce = 2
  /** Bytes a millisecond of all parts together, with so many at once; 0 while that is not known. */
  #best = 0
  #since: number
  #moved = 0
  /** No part may be longer: the server, or something before it, said so. */
  #ceiling = Number.POSITIVE_INFINITY
  /** When the next byte may go, where there is a cap. */
  #free = 0

  constructor(options: PaceOptions) {
    this.#options = options
    this.#since = options.now()
  }

  get partSize(): number {
    const { chunkSize, bytesPerSecond } = this.#options
    // A cap is kept by waiting between parts, which must be short then.
    const capped = bytesPerSecond === null ? Infinity : Math.max(SMALLEST_PART, bytesPerSecond)
    return Math.max(1, Math.min(chunkSize ?? Math.min(this.#size, capped), this.#ceiling))
  }

  get atOnce(): number {
    return this.#options.parallel ?? this.#atOnce
  }

  /** Another attempt: what an earlier one had still to wait for is gone with it. */
  begin(): void {
    this.#free = 0
  }

  /** A part arrived. */
  arrived(bytes: number, milliseconds: number): void {
    this.#size = Math.min(
      LARGEST_PART,
      Math.max(SMALLEST_PART, Math.round((bytes * PART_TIME) / Math.max(1, milliseconds))),
    )
    this.#moved += bytes
    const now = this.#options.now()
    // Looked at over as many parts as go at once, or a single slow one would decide.
    if (this.#moved < bytes * this.#atOnce || now <= this.#since) return
    const rate = this.#moved / (now - this.#since)
    if (this.#atOnce < MOST_AT_ONCE && rate > this.#best * 1.1) this.#atOnce += 1
    this.#best = Math.max(this.#best, rate)
    this.#since = now
    this.#moved = 0
  }

  /** A part of so many bytes was refused for its size. False where it cannot be smaller. */
  tooLarge(bytes: number): boolean {
    this.#ceiling = Math.floor(bytes / 2)
    return this.#ceiling >= 1024
  }

  /** Milliseconds to wait before so many bytes may go. */
  delay(bytes: number): number {
    const { bytesPerSecond, now } = this.#options
    if (bytesPerSecond === null) return 0
    const from = Math.max(this.#free, now())
    this.#free = from + (bytes * 1000) / bytesPerSecond
    return from - now()
  }
}
