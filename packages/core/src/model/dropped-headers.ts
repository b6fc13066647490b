/** Headers that somebody set and the platform will not send: found by each platform, told as warnings. */
import type { Warning } from './warning.ts'

/** Those of these headers, by name in lower case, that the platform decides itself. */
export type DroppedHeaders = (headers: Iterable<readonly [string, string]>) => readonly string[]

/** What to do, where there is something. */
const INSTEAD: { readonly [name: string]: string } = {
  cookie: 'the browser sends its own cookies, see "credentials"',
  'accept-encoding': 'the browser asks for all that it can decode, and decodes it',
  'content-length': 'the body is counted',
  'transfer-encoding': 'a body of unknown length is sent in chunks',
  'user-agent': 'use a name that begins with "x-"',
}

export const droppedHeader = (name: string): Warning => ({
  code: 'headerDropped',
  message: `the header "${name}" is not sent as it was set: here it is not for a page or program to decide (${INSTEAD[name] ?? 'leave it out, or use another name'})`,
  header: name,
})
