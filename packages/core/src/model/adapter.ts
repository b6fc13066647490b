/** The caller's own hand in every request of a session: before it is sent, and after it failed. */
import type { URLRequest } from './request.ts'
import type { URLError } from './url-error.ts'

/**
 * For `configuration.adapters`. All of them are asked, in their order, for requests and for transfers alike; a transfer's wait until
 * the session that asks them is there. One that throws fails the attempt with `delegateFailed`, which is not tried again.
 */
export interface RequestAdapter {
  /**
   * Called before each attempt. What it answers is sent instead: URL, method and headers; nothing leaves the request as it is.
   * Headers that are added are sent, never stored.
   */
  adapt?(request: URLRequest): URLRequest | void | Promise<URLRequest | void>
  /**
   * Called when an attempt failed, or was answered with a status of 400 or more (`error.status`). `true`: try again, within the
   * attempts that `retry` allows and no sooner than a Retry-After; a data task's request also where it is a POST, but an upload that got no
   * answer only where the session would. `false`: give up. Nothing: as the session would. The first that answers decides.
   * @param attempt 1 for the first.
   */
  retry?(error: URLError, attempt: number): boolean | void | Promise<boolean | void>
}
