/**
 * What an origin of our own answers to a request for a file: the whole, a part, or neither. With this, data tasks and resumed
 * downloads work on data:, blob:, opfs:, file: and ftp: as they do on http (RFC 9110 §14.2, §13.1.5, §15.3.7, §15.5.17).
 */

/** What is asked for, as far as its answer depends on it. */
export interface RangeAsk {
  readonly method: string
  readonly headers: Headers
}

/** What is there. */
export interface Representation {
  /** Bytes, or null where nobody knows: then there are no parts. */
  readonly size: number | null
  readonly type: string | null
  /** With its quotes. It must change with the bytes. */
  readonly etag: string | null
  readonly lastModified: Date | null
}

export interface ServedRange {
  readonly status: 200 | 206 | 405 | 416
  readonly headers: [string, string][]
  /** The bytes to send, `[from, to)`; an unknown end is null. Nothing is to be sent where they are equal. */
  readonly from: number
  readonly to: number | null
}

/** One range is served, of any form; several at once, and what cannot be read, get the whole, as the RFC has it. */
export function serveRange(ask: RangeAsk, file: Representation): ServedRange {
  const { size } = file
  if (ask.method !== 'GET' && ask.method !== 'HEAD')
    return { status: 405, headers: [['allow', 'GET, HEAD']], from: 0, to: 0 }
  const known: [string, string][] = [
    ...pair('content-type', file.type),
    ...pair('etag', file.etag),
    ...pair('last-modified', file.lastModified?.toUTCString() ?? null),
    ['accept-ranges', size === null ? 'none' : 'bytes'],
  ]
  const range =
    size !== null && ask.method === 'GET' && stillFits(ask.headers, file) ? rangeOf(ask.headers, size) : null
  if (range === null || size === null) {
    const length = pair('content-length', size === null ? null : String(size))
    return { status: 200, headers: [...known, ...length], from: 0, to: ask.method === 'HEAD' ? 0 : size }
  }
  const [from, to] = range
  if (from >= to)
    return {
      status: 416,
      headers: [...known, ['content-range', `bytes */${size}`], ['content-length', '0']],
      from,
      to: from,
    }
  const part: [string, string][] = [
    ['content-range', `bytes ${from}-${to - 1}/${size}`],
    ['content-length', String(to - from)],
  ]
  return { status: 206, headers: [...known, ...part], from, to }
}

const pair = (name: string, value: string | null): [string, string][] => (value ? [[name, value]] : [])

/** If-Range: the part is only wanted of the very file that the rest came from; else the whole. */
function stillFits(headers: Headers, { etag, lastModified }: Representation): boolean {
  const validator = headers.get('if-range')
  if (validator === null) return true
  return validator.startsWith('"') ? validator === etag : validator === lastModified?.toUTCString()
}

/** `[from, to)`; empty where nothing of it is there; null where the header is none that we serve. */
function rangeOf(headers: Headers, size: number): readonly [number, number] | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.get('range')?.trim() ?? '')
  const [first = '', last = ''] = match?.slice(1) ?? []
  if (first === '') return last === '' ? null : [Math.max(0, size - Number(last)), size]
  const to = last === '' ? size : Math.min(size, Number(last) + 1)
  if (last !== '' && Number(last) < Number(first)) return null
  return [Math.min(Number(first), size), Math.max(to, Math.min(Number(first), size))]
}
