/** Which schemes a URL may have, and what is said about one that nothing here loads. */
import { URLError } from './url-error.ts'

/** Schemes without their colon; `'any'` where a custom protocol may take what the platform does not. */
export type AcceptedSchemes = readonly string[] | 'any'

export const HTTP_SCHEMES: readonly string[] = ['https', 'http']
/** With what is built in for pages and workers. */
export const BROWSER_SCHEMES: readonly string[] = [...HTTP_SCHEMES, 'data', 'blob', 'opfs']
/** With what is built in for Node. */
export const NODE_SCHEMES: readonly string[] = [...HTTP_SCHEMES, 'data', 'blob', 'file', 'ftp']

/** What a WebSocket's URL may begin with; http and https stand for ws and wss (WHATWG WebSockets, "obtain a URL record"). */
export const SOCKET_SCHEMES: readonly string[] = ['wss', 'ws', ...HTTP_SCHEMES]

/** The ws or wss URL for an http or https one; others stay as they are. */
export const asSocketURL = (url: string): string => url.replace(/^http/, 'ws')

/** What a WebSocket's handshake may ask for. @returns Its ws or wss URL. @throws {URLError} `badURL`. */
export function socketURLOf(request: { readonly url: string; readonly method: string }): string {
  const url = asSocketURL(request.url)
  if (url.includes('#') || request.method !== 'GET')
    throw new URLError('badURL', { url, phase: 'setup', why: 'a WebSocket has no fragment, and no method but GET' })
  return url
}

/** The http or https URL at which a WebSocket's handshake is asked for. */
export const asHandshakeURL = (url: string): string => url.replace(/^ws/, 'http')

/** What could load it, by scheme: for people who expect it to work. */
const INSTEAD: { readonly [scheme: string]: string } = {
  file: 'a page cannot read paths: use opfs: or the file that a person picked',
  ftp: 'browsers have no FTP: let a server of yours fetch it',
  opfs: 'there is no OPFS here: use file:',
}

/** The error for a URL whose scheme nothing here loads. */
export function unsupportedScheme(url: string): URLError {
  const { protocol } = new URL(url)
  return new URLError('unsupportedURL', {
    url,
    phase: 'setup',
    why: `nothing here loads the scheme ${protocol}`,
    hint: INSTEAD[protocol.slice(0, -1)] ?? 'put a protocol that accepts it into the session’s protocols',
  })
}
