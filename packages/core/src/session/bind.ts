/** Binds the session class to a platform; each entry point does it once. Nothing starts by it. */
import type { ConfigurationOptions, SessionConfiguration } from '../model/configuration.ts'
import type { SessionEnvironment } from './session-environment.ts'
import type { SessionDelegate } from './delegate.ts'
import { URLSession } from './url-session.ts'

/** A session as users hold it: also for `await using`, where the platform has that. */
export type BoundURLSession = URLSession & AsyncDisposable

export interface URLSessionConstructor {
  /**
   * @param configuration How it behaves; copied. Default: `SessionConfiguration.default()`.
   * @param delegate What it tells. Let go of after `didBecomeInvalid`.
   * @throws {TypeError} for options that are unknown or of the wrong type.
   */
  new (configuration?: SessionConfiguration | ConfigurationOptions, delegate?: SessionDelegate | null): BoundURLSession
  readonly prototype: BoundURLSession
  /** A session without a delegate, for simple things; invalidating it does nothing. Made on first use. */
  readonly shared: BoundURLSession
}

export function bindURLSession(environment: SessionEnvironment): URLSessionConstructor {
  let shared: URLSession | null = null
  class SessionOfThisPlatform extends URLSession {
    constructor(
      configuration?: SessionConfiguration | ConfigurationOptions,
      delegate?: SessionDelegate | null,
      isShared: boolean = false,
    ) {
      super(environment, configuration, delegate, isShared)
    }

    static get shared(): URLSession {
      shared ??= new SessionOfThisPlatform(undefined, null, true)
      return shared
    }
  }
  // Inspectors and error messages should show the name the user knows.
  Object.defineProperty(SessionOfThisPlatform, 'name', { value: 'URLSession' })
  // The method for `await using` is put on the prototype where the platform has the symbol.
  return SessionOfThisPlatform
}
