/** Owns waiting for somebody who may never answer: it ends with the request. */

/** @throws the signal's reason as soon as it fires. */
export function unlessAborted<T>(signal: AbortSignal, work: T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    // Listened to also where it is too late: whoever ended the request and then threw has thrown at nobody else.
    void Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
  })
}
