/**
 * Ends something for good, like an AbortController, which it makes for whoever listens: most requests are never stopped, and a platform's
 * signals cost more than the rest of what a request needs.
 */
export class Stop {
  #controller: AbortController | null = null
  #why: { readonly reason: unknown } | null = null

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#why) this.#controller.abort(this.#why.reason)
    }
    return this.#controller.signal
  }

  get aborted(): boolean {
    return this.#why !== null
  }

  get reason(): unknown {
    return this.#why?.reason
  }

  /** Only the first counts. */
  abort(reason: unknown): void {
    if (this.#why) return
    this.#why = { reason }
    this.#controller?.abort(reason)
  }

  throwIfAborted(): void {
    if (this.#why) throw this.#why.reason
  }
}
