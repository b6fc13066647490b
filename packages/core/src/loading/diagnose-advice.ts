/** Owns what to tell whoever runs a server: from the facts of a diagnosis to sentences that say which line to send. */
import type { Diagnosis } from '../model/diagnosis.ts'
import { isEncoded } from '../model/response.ts'
import type { WireRequest } from '../ports/transport.ts'
import { titled } from './hidden-headers.ts'
import { isLoopback } from './transport-security.ts'

interface Circumstances {
  readonly origin: string | null
  readonly credentials: WireRequest['credentials']
  /** Names of the request's headers that CORS must allow. */
  readonly asking: readonly string[]
  readonly headers: Headers
}

export function adviceOn(facts: Omit<Diagnosis, 'advice'>, circumstances: Circumstances): string[] {
  const advice = facts.readable ? adviceOnAnswer(facts, circumstances) : adviceOnSilence(facts, circumstances)
  return advice.filter((sentence) => sentence !== null)
}

function adviceOnSilence(
  { url, reachable, crossOrigin, failure }: Omit<Diagnosis, 'advice'>,
  { origin, credentials }: Circumstances,
): (string | null)[] {
  const { protocol, hostname, host } = new URL(url)
  if (reachable && failure !== 'opaqueNetworkFailure') return [`${host} answers, but not as it should (${failure}).`]
  if (reachable) {
    const allowed = credentials === 'include' ? `${origin}" and "Access-Control-Allow-Credentials: true` : `${origin}`
    return [
      `${host} answers, but lets no page of ${origin} read it: it should send "Access-Control-Allow-Origin: ${allowed}"` +
        ', also where it redirects to.',
    ]
  }
  const mixed = origin?.startsWith('https:') && protocol === 'http:' && !isLoopback(hostname)
  if (mixed) return [`A page over https loads nothing over http: ask for https://${host} instead.`]
  return [
    `Nobody answered at ${host} (${failure}): check the name, the server, the network` +
      `${protocol === 'https:' ? ' and the certificate' : ''}${crossOrigin ? ', and what the page’s own policy allows' : ''}.`,
  ]
}

function adviceOnAnswer(
  facts: Omit<Diagnosis, 'advice'>,
  { origin, credentials, asking, headers }: Circumstances,
): (string | null)[] {
  const { status, hidden, rangeSupported, preflight, suggestedLine, canResume, redirectedTo } = facts
  const host = new URL(redirectedTo ?? facts.url).host
  const bad = status !== null && status >= 300 && status !== 416
  // What is missing in sight is hidden or not there; where it is hidden, that is said already.
  const bare = !bad && !headers.has('last-modified') && !headers.has('etag') && hidden.length === 0
  const weak = headers.get('etag')?.startsWith('W/') === true && !headers.has('last-modified')
  return [
    bad
      ? `${host} answered with status ${status}, which says little about what it can do: ask for a file that is there.`
      : null,
    preflight === 'refused'
      ? `${host} does not let pages of ${origin} send ${list(asking)}: it should answer OPTIONS with status 204, ` +
        `"Access-Control-Allow-Origin: ${origin}"${credentials === 'include' ? ', "Access-Control-Allow-Credentials: true"' : ''} ` +
        `and "Access-Control-Allow-Headers: ${list(asking)}".`
      : null,
    suggestedLine === null
      ? null
      : `${host} hides headers that matter (or does not have them): it should send "${suggestedLine}".`,
    rangeSupported === false
      ? `${host} sent the whole when asked for one byte: a download that breaks off starts over. It should honour Range and answer with 206.`
      : null,
    isEncoded(headers)
      ? 'The file is compressed as it is sent: parts of it cannot be put together. It should be sent as it is.'
      : null,
    bare || weak
      ? `${weak ? 'The ETag is weak (W/)' : 'There is neither ETag nor Last-Modified'}, so a part cannot be told to be of the same file: ` +
        'the server should send a strong ETag.'
      : null,
    facts.crossOrigin && canResume && hidden.some(({ name }) => name === 'ETag')
      ? 'Until then downloads are gone on with by date and length, which is right as long as both are.'
      : null,
  ]
}

const list = (names: readonly string[]): string => names.map(titled).join(', ')
