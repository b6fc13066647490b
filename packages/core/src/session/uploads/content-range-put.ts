/**
 * Owns the resumable PUT of Google Cloud Storage, which Mux and others speak too: one session URL that takes the file piece by piece,
 * each with its Content-Range, and answers 308 with the Range that it has. It is also an example of a protocol of one's own.
 */
import { checkOptions, choice } from '../../model/options.ts'
import type {
  UploadAccepted,
  UploadAnswer,
  UploadClient,
  UploadCreated,
  UploadDetour,
  UploadEnd,
  UploadInfo,
  UploadLocated,
  UploadProtocol,
} from '../../model/upload-protocol.ts'
import { isTransientStatus } from '../../loading/retry.ts'
import { URLError } from '../../model/url-error.ts'
import { protocolName } from './protocol-name.ts'

export interface ContentRangePutOptions {
  /**
   * Where the session URL comes from. `'task'` (default): it is the task's URL, which a backend began (Mux's direct uploads, Google's
   * sessions). `'location'`: the task's URL is sent a POST with the caller's headers, and answers with the session in its Location;
   * Google's XML API needs the header `x-goog-resumable: start` for that, its JSON API the query `uploadType=resumable`.
   */
  readonly session?: 'location' | 'task'
  /** Tells it from others among a configuration's `uploadProtocols`: letters, digits and dashes. Default: `'content-range'`. */
  readonly name?: string
}

/** The session URL, or null where it is the task's own. Whoever has it may write this one file: that is what going on later takes. */
export type ContentRangeState = { readonly url: string | null }

/** Bytes: each piece but the last must be a multiple of it. */
const GRAIN = 262_144

/**
 * Uploads by PUT with Content-Range to a session URL. `chunkSize` is the size of a piece; without one, all that is left goes at once, as
 * Google advises.
 * ```ts
 * session.uploadTask(await urlOfDirectUpload(), file, { protocol: contentRangePut() })
 * ```
 * A 308 without a Location is an answer and no redirect (WHATWG fetch §4.5, step 3), in every browser and in Node; only Firefox fails by
 * it in a session whose `redirect` is `'refuse'`. Across origins the server must expose `Range`, and `Location` where that is asked for;
 * Google binds a session to the Origin that began it.
 *
 * @throws {TypeError} that names the option.
 * @see https://cloud.google.com/storage/docs/performing-resumable-uploads
 */
export function contentRangePut(options: ContentRangePutOptions = {}): UploadProtocol<ContentRangeState> {
  const fields = { session: choice('location', 'task'), name: protocolName() }
  checkOptions('contentRangePut options', fields, options)
  return new ContentRangePut(options)
}

class ContentRangePut implements UploadProtocol<ContentRangeState> {
  readonly name: string
  readonly #begins: boolean

  constructor({ session = 'task', name = 'content-range' }: ContentRangePutOptions) {
    this.name = name
    this.#begins = session === 'location'
  }

  async create(upload: UploadInfo, client: UploadClient): Promise<UploadCreated<ContentRangeState>> {
    const limits = { least: GRAIN }
    if (!this.#begins) return { state: { url: null }, limits }
    const headers = {
      ...(upload.type && { 'x-upload-content-type': upload.type }),
      'x-upload-content-length': String(upload.size),
      ...Object.fromEntries(upload.headers),
    }
    const answer = await client.send({ method: 'POST', url: upload.url, headers })
    if (!isFine(answer)) throw refused(answer, 'the upload was not begun')
    const session = URL.parse(answer.headers.get('location') ?? '', answer.url)
    if (!answer.headers.has('location') || !session) throw hidden(answer, 'Location')
    return { state: { url: session.href }, limits }
  }

  async locate(
    upload: UploadInfo,
    state: ContentRangeState,
    client: UploadClient,
  ): Promise<UploadLocated<ContentRangeState> | UploadEnd | UploadDetour> {
    const answer = await this.#put(upload, state, client, `*/${String(upload.size)}`)
    const had = rangeOf(answer)
    return had === null ? this.#ended(answer) : { pieces: had > 0 ? [{ from: 0, to: had }] : [] }
  }

  async part(
    upload: UploadInfo,
    state: ContentRangeState,
    { from, to }: { readonly from: number; readonly to: number },
    client: UploadClient,
  ): Promise<UploadAccepted | UploadEnd | UploadDetour> {
    const end = to < upload.size ? from + Math.floor((to - from) / GRAIN) * GRAIN : to
    const content = `${String(from)}-${String(end - 1)}/${String(upload.size)}`
    const answer = await this.#put(upload, state, client, content, [from, end])
    const had = rangeOf(answer)
    if (had === null) return this.#ended(answer)
    if (had === 0) throw hidden(answer, 'Range')
    return had < from || had > end
      ? { detour: 'locate', why: `the server has ${String(had)} bytes` }
      : { accepted: had }
  }

  async finish(
    upload: UploadInfo,
    state: ContentRangeState,
    _pieces: unknown,
    client: UploadClient,
  ): Promise<UploadEnd | UploadDetour> {
    // Also what a file of no bytes is sent by.
    const answer = await this.#put(upload, state, client, `*/${String(upload.size)}`)
    const had = rangeOf(answer)
    return had === null ? this.#ended(answer) : { detour: 'locate', why: `the server has ${String(had)} bytes` }
  }

  async cancel(upload: UploadInfo, state: ContentRangeState, client: UploadClient): Promise<void> {
    const answer = await client.send({ method: 'DELETE', url: state.url ?? upload.url })
    // Google says 499 of a session that is now cancelled.
    if (!isFine(answer) && answer.status !== 499 && !isGone(answer)) throw refused(answer, 'it was not cancelled')
  }

  #put(
    upload: UploadInfo,
    state: ContentRangeState,
    client: UploadClient,
    content: string,
    range?: readonly [from: number, to: number],
  ): Promise<UploadAnswer> {
    const headers = {
      'content-range': `bytes ${content}`,
      ...(upload.type && range && { 'content-type': upload.type }),
    }
    return client.send({ method: 'PUT', url: state.url ?? upload.url, headers, ...(range && { range }) })
  }

  #ended(answer: UploadAnswer): UploadEnd | UploadDetour {
    if (isFine(answer)) return { end: answer }
    if (isGone(answer) && this.#begins) return { detour: 'create', why: 'the session is over' }
    throw refused(answer, isGone(answer) ? 'the session is over, and the task has no other' : 'it was not taken')
  }
}

/** How many bytes a 308 says are there; null for another answer. Where nothing is, there is no Range. */
function rangeOf({ status, headers }: UploadAnswer): number | null {
  // Google's way around clients that take every 308 for a redirect.
  if (status !== 308 && headers.get('x-http-status-code-override') !== '308') return null
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(headers.get('range') ?? '')?.[1]
  return last === undefined ? 0 : Number(last) + 1
}

const isFine = ({ status }: UploadAnswer): boolean => status >= 200 && status < 300
const isGone = ({ status }: UploadAnswer): boolean => status === 404 || status === 410

function refused(answer: UploadAnswer, what: string): URLError {
  const { url, status } = answer
  const locked = status === 401 || status === 403
  const code = locked ? 'userAuthenticationRequired' : isGone(answer) ? 'resourceUnavailable' : 'badServerResponse'
  const why = `${what}: the server answered ${String(status)}`
  return new URLError(code, { url, phase: 'response', status, why, retryable: isTransientStatus(status) })
}

function hidden({ url, status }: UploadAnswer, header: string): URLError {
  return new URLError('badServerResponse', {
    url,
    phase: 'response',
    status,
    why: `its answer has no ${header} that can be read`,
    hint: `let the server’s CORS rules expose the header ${header}`,
  })
}
