/** What an engine asked about one transfer and is not done with: whoever works on an answer is told when nobody wants it any more. */
import { URLError } from '../model/url-error.ts'

export interface OpenQuestion {
  /** Aborted when nobody waits for the answer, or for the body that came with it. */
  readonly signal: AbortSignal
  /** Nothing is done for it any more. */
  readonly over: () => void
}

export class OpenQuestions {
  readonly #open = new Map<number, AbortController>()

  begin(id: number): OpenQuestion {
    const abort = new AbortController()
    this.#open.set(id, abort)
    return { signal: abort.signal, over: () => void this.#open.delete(id) }
  }

  /** @param url For the reason that is given. */
  withdraw(id: number, url: string): void {
    const abort = this.#open.get(id)
    this.#open.delete(id)
    abort?.abort(new URLError('cancelled', { url, why: 'nobody waits for the answer any more' }))
  }

  /** The transfer is over, or the engine that asked is gone. */
  withdrawAll(url: string): void {
    for (const id of [...this.#open.keys()]) this.withdraw(id, url)
  }
}
