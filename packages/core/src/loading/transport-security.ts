/**
 * App Transport Security in our words: nothing in the clear (http, ws, ftp), unless the host is this machine or was named. Checked
 * before every request and on every hop that can be seen.
 */
import type { Settings } from '../model/configuration.ts'
import { URLError } from '../model/url-error.ts'

/** @throws {URLError} `appTransportSecurityRequiresSecureConnection`. */
export function assertSecure(url: string, policy: Settings['transportSecurity']): void {
  if (!IN_THE_CLEAR.test(url)) return
  const { hostname } = new URL(url)
  if (policy.allowsArbitraryLoads || isLoopback(hostname) || isExcepted(hostname, policy)) return
  throw new URLError('appTransportSecurityRequiresSecureConnection', { url, phase: 'setup' })
}

/** All but what is plainly of this machine, as most of it is: a URL need not be parsed for that. */
const IN_THE_CLEAR = /^(http|ws|ftp):(?!\/\/(localhost|127\.0\.0\.1)(:\d+)?\/)/

/** Names and addresses that never leave this machine (W3C Secure Contexts §3.1). */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)

function isExcepted(host: string, policy: Settings['transportSecurity']): boolean {
  return Object.entries(policy.exceptions).some(
    ([domain, exception]) =>
      exception.allowsInsecureHTTP === true &&
      (host === domain || (exception.includesSubdomains === true && host.endsWith(`.${domain}`))),
  )
}
