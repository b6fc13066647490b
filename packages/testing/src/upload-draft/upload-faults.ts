/** Owns: what goes wrong with requests of an upload server, by method, each fault once. */
export interface UploadFault {
  /** Answers with this and does nothing. */
  readonly status?: number
  /** With `status`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Cuts the connection after so many bytes of the body, which it keeps. */
  readonly dropAfter?: number
  /** Does what was asked and cuts the connection instead of answering. */
  readonly silent?: boolean
  /** Knows nothing of the upload any more. */
  readonly forget?: boolean
  /** Says another offset than it has. */
  readonly offset?: number
  /** Has every byte and does not call the upload complete. */
  readonly incomplete?: boolean
}

export class UploadFaults {
  readonly #waiting = new Map<string, UploadFault[]>()

  add(method: string, faults: readonly UploadFault[]): void {
    this.#waiting.set(method, [...(this.#waiting.get(method) ?? []), ...faults])
  }

  take(method: string): UploadFault | null {
    return this.#waiting.get(method)?.shift() ?? null
  }
}
