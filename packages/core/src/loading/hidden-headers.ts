/** Owns what a page of another origin does not see, and what follows from that (Fetch Standard §3.2, CORS). */
import type { HiddenHeader } from '../model/diagnosis.ts'
import type { WireResponse } from '../ports/transport.ts'

/** Response headers every page sees: nobody need expose them. */
const SEEN_BY_ALL = [
  'cache-control',
  'content-language',
  'content-length',
  'content-type',
  'expires',
  'last-modified',
  'pragma',
]

/** Request headers that any page may send, if their values are of the common kind. */
const SENT_BY_ALL = ['accept', 'accept-language', 'content-language', 'range']

interface Wanted {
  readonly name: string
  readonly matters: string
  /** Why it is surely there; absent where it need not be. */
  readonly sure?: (status: number) => string | null
  /** For which answers it is of any use. */
  readonly at: (status: number) => boolean
}

const good = (status: number): boolean => status < 300
const wanted: readonly Wanted[] = [
  { name: 'ETag', matters: 'whether a file has changed is told by its date alone, or not at all', at: good },
  {
    name: 'Content-Range',
    matters: 'whether a part is the one that was asked for is told by its length alone',
    sure: (status) => (status === 206 ? 'a part (206) always has it, RFC 9110 §15.3.7' : null),
    at: good,
  },
  { name: 'Accept-Ranges', matters: 'that a file cannot be had in parts is found out only by trying', at: good },
  { name: 'Content-Encoding', matters: 'the length of a compressed file is taken for that of the file', at: good },
  { name: 'Content-Disposition', matters: 'the file is named after its URL', at: good },
  {
    name: 'WWW-Authenticate',
    matters: 'which credentials are wanted cannot be known',
    sure: () => 'a 401 always has it, RFC 9110 §15.5.2',
    at: (status) => status === 401,
  },
  {
    name: 'Retry-After',
    matters: 'how long the server wants to be left alone is guessed',
    at: (status) => status === 429 || status === 503,
  },
]

/** What is not seen of this answer, and would be of use. */
export function hiddenIn({ status, headers, headersFiltered }: WireResponse): HiddenHeader[] {
  if (!headersFiltered) return []
  const unseen = wanted.filter(({ name, at }) => at(status) && !headers.has(name))
  // A server that shows the one that matters most, and all it surely sends, has thought of it: what else is missing it does not send.
  const caring = good(status) && headers.has('etag') && unseen.every(({ sure }) => !sure?.(status))
  if (caring) return []
  return unseen.map(({ name, matters, sure }) => ({
    name,
    why: sure?.(status) ?? 'hidden, or not sent: the browser does not tell which',
    matters,
  }))
}

/** The line that shows what is hidden, and all that is shown already: it replaces the one that is there. Null when nothing is hidden. */
export function exposeLine(headers: Headers, hidden: readonly HiddenHeader[]): string | null {
  if (hidden.length === 0) return null
  const shown = [...headers.keys()].filter((name) => !SEEN_BY_ALL.includes(name)).map(titled)
  return `Access-Control-Expose-Headers: ${[...hidden.map(({ name }) => name), ...shown].join(', ')}`
}

/** Whether a browser asks the server for permission before it sends this header to another origin. */
export function needsPreflight(name: string, value: string): boolean {
  if (name === 'content-type')
    return !/^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\s*(;|$)/i.test(value)
  return !SENT_BY_ALL.includes(name)
}

/** A header's name as it is usually written. */
export const titled = (name: string): string =>
  name === 'etag' ? 'ETag' : name.replace(/(^|-)[a-z]/g, (initial) => initial.toUpperCase())
