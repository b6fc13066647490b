/**
 * Owns: the answers that hold still until a test lets them go.
 */
import type { Exchange } from './exchange.ts'
import type { StallEnd } from './vocabulary.ts'

interface Held {
  readonly exchange: Exchange
  readonly go: (how: StallEnd) => void
}

/** All stalled answers of one origin. */
export class Stalls {
  readonly #held = new Set<Held>()

  /** Holds `exchange` until it is released; true when it shall go on, false when it is over. */
  async hold(exchange: Exchange): Promise<boolean> {
    const { entry, journal } = exchange
    let how = 'continue' as StallEnd
    entry.outcome = 'stalled'
    const alive = await exchange.until((done) => {
      const held: Held = {
        exchange,
        go: (chosen) => {
          how = chosen
          done()
        },
      }
      this.#held.add(held)
      journal.touch(entry)
      return () => this.#held.delete(held)
    })
    if (!alive) return false
    if (how === 'reset') await exchange.reset()
    if (how === 'cut') exchange.cut()
    if (how !== 'continue') return false
    entry.outcome = 'open'
    return true
  }

  /** Lets go of every stalled answer, or of those of one file. */
  release(how: StallEnd, file?: string): void {
    for (const held of [...this.#held]) {
      if (file === undefined || held.exchange.entry.file === file) held.go(how)
    }
  }
}
