/**
 * Owns: chance without chance: numbers in a known order, identifiers that count.
 */
import type { Chance } from './ports.ts'

/** A Chance that gives the numbers it was given, over and over. */
export class FixedChance implements Chance {
  readonly #numbers: readonly number[]
  readonly #prefix: string
  #at = 0
  #uids = 0

  /**
   * @param numbers each in [0, 1). Default: only 0.5.
   * @param prefix of identifiers, of `[0-9a-z-]`; give each process of a test its own, or they will give the same ones.
   */
  constructor(numbers: readonly number[] = [0.5], prefix = 'uid') {
    if (numbers.length === 0 || numbers.some((number) => !(number >= 0 && number < 1)))
      throw new RangeError('numbers in [0, 1), at least one')
    this.#numbers = numbers
    this.#prefix = prefix
  }

  next(): number {
    return this.#numbers[this.#at++ % this.#numbers.length] as number
  }

  uid(): string {
    return `${this.#prefix}-${String(++this.#uids).padStart(8, '0')}`
  }
}

/** A Chance whose numbers look random and are the same for the same seed: for fuzzing. */
export class SeededChance implements Chance {
  #state: number
  #uids = 0
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed >>> 0
    this.#state = this.#seed
  }

  next(): number {
    // mulberry32
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let x = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 0x1_0000_0000
  }

  /** A whole number in [from, to]. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }

  /** One of `choices`. */
  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.next() * choices.length)] as T
  }

  uid(): string {
    return `s${this.#seed.toString(36)}-${String(++this.#uids).padStart(8, '0')}`
  }
}
