/** A lock that somebody holds until he lets it go, or dies: then the browser does it for him. */
import { URLError } from '../../model/url-error.ts'

/**
 * Resolves once the lock is held, with what lets it go.
 * @param signal Ends the waiting.
 * @throws the signal's reason. @throws {URLError} `unsupportedByPlatform` where the browser refuses locks (Firefox, to a page that may
 *   store nothing).
 */
export function holdLock(name: string, signal?: AbortSignal): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = (): Promise<void> => new Promise((letGo) => resolve(letGo))
    navigator.locks.request(name, signal ? { signal } : {}, held).catch((cause: unknown) => {
      reject(signal?.aborted ? (signal.reason as Error) : URLError.from(cause, 'unsupportedByPlatform'))
    })
  })
}
