/**
 * Owns: the decision what a request for a file is answered: status, headers, body. It sends nothing.
 * Why: everything a head can say, true or false, is decided in one place from (request, entity, behaviour).
 */
import { STATUS_CODES } from 'node:http'
import { type ByteSource, corrupted, textual, windowOf } from './byte-source.ts'
import { corsHeaders } from './cors.ts'
import { encode } from './encoding.ts'
import type { Entity } from './origin-file.ts'
import { type RangeAnswer, type Validators, ifRangeHolds, precondition, readRange } from './ranges.ts'
import type { Behaviour, PartialLie, RedirectBehaviour } from './vocabulary.ts'

/** What a file's answer is made from. */
export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** A decided answer. Header names as they are to be written. */
export interface Answer {
  status: number
  headers: Map<string, string>
  body: ByteSource
}

/** The answer to `asked`. Content-Length is left to the sender, which knows the framing. */
export async function answerFor(asked: Asked, entity: Entity, behaviour: Behaviour): Promise<Answer> {
  const answer = await plainAnswer(asked, entity, behaviour)
  const { headers } = answer
  if (behaviour.retryAfter !== undefined) headers.set('Retry-After', String(behaviour.retryAfter))
  if (behaviour.retryAfterDate !== undefined)
    headers.set('Retry-After', new Date(Date.now() + behaviour.retryAfterDate).toUTCString())
  if (behaviour.timingAllowOrigin) headers.set('Timing-Allow-Origin', '*')
  for (const [name, value] of corsHeaders(behaviour.cors ?? 'none', asked.headers['origin'])) headers.set(name, value)
  for (const [name, value] of Object.entries(behaviour.headers ?? {})) {
    for (const known of headers.keys()) if (known.toLowerCase() === name.toLowerCase()) headers.delete(known)
    if (value !== null) headers.set(name, value)
  }
  return answer
}

async function plainAnswer(asked: Asked, entity: Entity, behaviour: Behaviour): Promise<Answer> {
  const redirect = behaviour.redirect && redirection(asked.url, behaviour.redirect)
  if (redirect) return redirect
  const { status } = behaviour
  if (status !== undefined && (status >= 300 || status === 204)) return canned(status, behaviour.text)

  const current = validatorsOf(entity, behaviour)
  const whole = behaviour.corruptAt === undefined ? entity.source : corrupted(entity.source, behaviour.corruptAt)
  const headers = new Map<string, string>([['Content-Type', behaviour.contentType ?? 'application/octet-stream']])
  if (current.etag !== null) headers.set('ETag', current.etag)
  if (current.lastModified !== null) headers.set('Last-Modified', current.lastModified)
  if (behaviour.disposition !== undefined) headers.set('Content-Disposition', behaviour.disposition)

  const refused = precondition(asked.headers, current, asked.method)
  if (refused !== null) return { status: refused, headers, body: textual('') }

  if (behaviour.encoding !== undefined) {
    headers.set('Content-Encoding', behaviour.encoding).set('Vary', 'Accept-Encoding')
    const encoded = await encode(whole, behaviour.encoding)
    const kept = Math.max(0, encoded.length - (behaviour.encodingCut ?? 0))
    return { status: status ?? 200, headers, body: windowOf(encoded, 0, kept) }
  }

  const { ranges = 'honoured' } = behaviour
  if (ranges !== 'ignored' && behaviour.acceptRanges !== false) headers.set('Accept-Ranges', 'bytes')
  const range = asked.method === 'GET' && ranges !== 'ignored' ? readRange(asked.headers['range'], whole.length) : null
  const fresh = ranges === 'if-range-ignored' || ifRangeHolds(asked.headers['if-range'], current)
  if (range === null || !fresh) return { status: status ?? 200, headers, body: whole }
  if (range === 'unsatisfiable') {
    const bare = behaviour.unsatisfiable === 'bare'
    return canned(416, behaviour.text, bare ? {} : { 'Content-Range': `bytes */${whole.length}` })
  }
  return partial(range, whole, headers, behaviour)
}

function partial(
  asked: Exclude<RangeAnswer, string>,
  whole: ByteSource,
  headers: Map<string, string>,
  behaviour: Behaviour,
): Answer {
  const lie: PartialLie = behaviour.partial ?? {}
  const start = Math.min(Math.max(0, asked.start + (lie.startShift ?? 0)), Math.max(0, whole.length - 1))
  const end = Math.max(start + 1, Math.min(asked.end, start + (behaviour.rangeLimit ?? whole.length)))
  if (lie.contentRange !== false) headers.set('Content-Range', `bytes ${start}-${end - 1}/${lie.total ?? whole.length}`)
  if (lie.etag !== undefined) headers.set('ETag', lie.etag)
  return { status: behaviour.status ?? 206, headers, body: windowOf(whole, start, end, lie.bodyShift) }
}

function validatorsOf(entity: Entity, behaviour: Behaviour): Validators {
  const { etag = 'strong', lastModified = true } = behaviour
  return {
    etag: etag === 'none' ? null : etag === 'weak' ? `W/"${entity.tag}"` : `"${entity.tag}"`,
    lastModified: lastModified ? new Date(entity.changedAt).toUTCString() : null,
  }
}

/** The redirect due now, or null when the chain has come to its end and the file itself answers. */
function redirection(url: string, redirect: RedirectBehaviour): Answer | null {
  const { status = 302, to, hops = 1 } = redirect
  const here = new URL(url, 'http://origin')
  const done = Number(here.searchParams.get('hop') ?? 0)
  if (done >= hops) return null
  here.searchParams.set('hop', String(done + 1))
  const location = to !== undefined && done === hops - 1 ? to : here.pathname + here.search
  return canned(status, undefined, { Location: location })
}

/** An answer that is a sentence. */
export function canned(
  status: number,
  text = `${status} ${STATUS_CODES[status] ?? 'unknown'}\n`,
  more: Record<string, string> = {},
): Answer {
  const empty = status === 204 || status === 304
  const headers = new Map([
    ...(empty ? [] : [['Content-Type', 'text/plain; charset=utf-8'] as const]),
    ...Object.entries(more),
  ])
  return { status, headers, body: textual(empty ? '' : text) }
}
