/**
 * tus 1.0.0 (https://tus.io/protocols/resumable-upload) as an upload protocol: the core, and the extensions creation,
 * creation-with-upload, creation-defer-length (for streams), expiration, checksum, termination and concatenation (for parallel parts).
 */
import { checkTusOptions, type TusOptions } from '../../model/tus-options.ts'
import {
  OPEN_END,
  type UploadAccepted,
  type UploadClient,
  type UploadCreated,
  type UploadDetour,
  type UploadedPiece,
  type UploadEnd,
  type UploadInfo,
  type UploadLocated,
  type UploadProtocol,
  type UploadRequest,
} from '../../model/upload-protocol.ts'
import { creationFailureOf, detourOf, expiryIn, failureOf, offsetIn } from './tus-answers.ts'
import { isGood, locationIn, unusable } from './upload-answers.ts'
import { checksumHeaders, LONGEST_CHECKED_PART } from './tus-checksum.ts'
import { deleteAll, isStateOf, laneAt, laneSize, makeLanes, type TusState } from './tus-lanes.ts'
import { metadataHeaders } from './tus-metadata.ts'
import { tusRequest } from './tus-request.ts'

/** A part, as a request has it. */
type Bytes = Required<Pick<UploadRequest, 'headers' | 'range'>>

type Range = { readonly from: number; readonly to: number }

/** What is sent with the creation where nobody said how much: lost, when the answer is. */
const FIRST_PART = 1024 * 1024

/** What a server says to a first part that it does not want with the creation: too long, not of this type, damaged. */
const WITHOUT_BYTES = new Set([413, 415, 460])

/**
 * Makes the protocol. An upload ends with the answer to its last PATCH, or to the POST that joined its lanes; with the answer to a HEAD
 * where that answer was lost. Where an answer to a creation is lost, the next one makes another upload: tus has no name for the first.
 * @throws {TypeError} naming the option that is wrong.
 */
export function tus(options: TusOptions = {}): UploadProtocol<TusState> {
  return new Tus(checkTusOptions(options))
}

class Tus implements UploadProtocol<TusState> {
  readonly name = 'tus'
  readonly #options: TusOptions

  constructor(options: TusOptions) {
    this.#options = options
  }

  async create(upload: UploadInfo, client: UploadClient): Promise<UploadCreated<TusState> | UploadEnd> {
    const lane = await laneSize(upload, client)
    if (lane < upload.size) {
      const state = await makeLanes(upload, lane, client)
      return { state, lanes: { size: lane, whole: false }, ...this.#limits }
    }
    const { size } = upload
    const { answer, sent } = await this.#make({ ...upload, size }, client)
    const accepted = sent > 0 && answer.headers.has('upload-offset') ? offsetIn(answer, sent) : 0
    if (accepted === size && size > 0) return { end: answer }
    const url = locationIn(answer)
    if (size === 0) return { end: answer }
    const expires = expiryIn(answer, Date.now())
    const state = { urls: [url], lane: size, expires, ...(size === OPEN_END && { deferred: true }) }
    return { state, accepted, ...this.#limits }
  }

  /** The one upload of a file without lanes, with the first bytes where that is wanted and possible. */
  async #make(upload: UploadInfo, client: UploadClient): Promise<{ answer: UploadEnd['end']; sent: number }> {
    const { size, chunkSize } = upload
    const length: Record<string, string> =
      size === OPEN_END ? { 'Upload-Defer-Length': '1' } : { 'Upload-Length': String(size) }
    const headers = { ...length, ...metadataHeaders(upload, this.#options.metadata) }
    const post = (more?: Bytes): UploadRequest =>
      tusRequest('POST', upload.url, { ...headers, ...more?.headers }, more?.range)
    const most = Math.min(size, chunkSize ?? FIRST_PART, this.#limits.limits?.most ?? size)
    if (this.#options.withCreation && most > 0 && size !== OPEN_END) {
      const answer = await client.send(post(await this.#bytes(upload, { from: 0, to: most }, client)))
      if (isGood(answer)) return { answer, sent: most }
      if (!WITHOUT_BYTES.has(answer.status)) throw failureOf(answer)
    }
    const answer = await client.send(post())
    if (isGood(answer)) return { answer, sent: 0 }
    throw creationFailureOf(answer)
  }

  async locate(
    upload: UploadInfo,
    state: TusState,
    client: UploadClient,
  ): Promise<UploadLocated<TusState> | UploadEnd | UploadDetour> {
    if (!isStateOf(upload, state)) return { detour: 'create', why: 'what was stored of the upload cannot be used' }
    const { urls, lane } = state
    const answers = await Promise.all(urls.map((url) => client.send(tusRequest('HEAD', url))))
    const pieces: UploadedPiece[] = []
    let { expires, deferred = false } = state
    for (const [index, answer] of answers.entries()) {
      if (!isGood(answer)) {
        const detour = detourOf(answer)
        if (detour?.detour === 'create') return detour
        throw failureOf(answer)
      }
      const { start, length } = laneAt(upload, state, index * lane)
      const told = answer.headers.get('upload-length')
      if (told !== null && told !== String(length))
        throw unusable(answer, { why: `it is of an upload of ${told.slice(0, 20)} bytes, and this one has ${length}` })
      deferred &&= told === null
      const offset = offsetIn(answer, length)
      if (offset === upload.size) return { end: answer }
      if (offset > 0) pieces.push({ from: start, to: start + offset })
      expires = expiryIn(answer, Date.now()) ?? expires
    }
    if (expires !== null && expires <= Date.now()) return { detour: 'create', why: 'the upload has expired' }
    return { pieces, state: { ...state, expires, ...(state.deferred !== undefined && { deferred }) } }
  }

  async part(
    upload: UploadInfo,
    state: TusState,
    part: Range,
    client: UploadClient,
  ): Promise<UploadAccepted | UploadEnd | UploadDetour> {
    const { start, length, url } = laneAt(upload, state, part.from)
    const { headers, range } = await this.#bytes(upload, part, client)
    const { size } = upload
    const offset = { 'Upload-Offset': String(part.from - start) }
    // As soon as it is known, and once.
    const isKnown = state.deferred === true && size !== OPEN_END
    const told = { ...offset, ...(isKnown && { 'Upload-Length': String(size) }) }
    const answer = await client.send(tusRequest('PATCH', url, { ...told, ...headers }, range))
    if (!isGood(answer)) {
      const detour = detourOf(answer)
      if (detour) return detour
      throw failureOf(answer)
    }
    const accepted = start + offsetIn(answer, length)
    if (accepted < part.from || accepted > part.to)
      return {
        detour: 'locate',
        why: `the server has ${accepted} bytes after those from ${part.from} to ${part.to} were sent`,
      }
    if (accepted === size && state.urls.length === 1) return { end: answer }
    const expires = expiryIn(answer, Date.now()) ?? 0
    // Some servers give an upload more time with each part.
    const isLater = expires > (state.expires ?? 0)
    if (isLater || isKnown)
      await client.keep({ ...state, ...(isLater && { expires }), ...(isKnown && { deferred: false }) })
    return { accepted }
  }

  async finish(
    upload: UploadInfo,
    state: TusState,
    _pieces: readonly UploadedPiece[],
    client: UploadClient,
  ): Promise<UploadEnd | UploadDetour> {
    if (state.urls.length === 1) {
      const located = await this.locate(upload, state, client)
      return 'pieces' in located ? { detour: 'locate', why: 'the server lacks bytes of the file' } : located
    }
    const headers = { 'Upload-Concat': `final;${state.urls.join(' ')}` }
    const told = metadataHeaders(upload, this.#options.metadata)
    const answer = await client.send(tusRequest('POST', upload.url, { ...headers, ...told }))
    if (!isGood(answer)) {
      // The lanes are gone, or the server took them apart: what 404 and 410 say of the address itself, the next creation says again.
      const detour = detourOf(answer)
      if (detour?.detour === 'create' && answer.status !== 403) return detour
      throw creationFailureOf(answer)
    }
    locationIn(answer)
    return { end: answer }
  }

  async cancel(_upload: UploadInfo, { urls }: TusState, client: UploadClient): Promise<void> {
    await deleteAll(urls, client)
  }

  /** A part as it is sent. */
  async #bytes(upload: UploadInfo, { from, to }: Range, client: UploadClient): Promise<Bytes> {
    const { checksum } = this.#options
    return {
      headers: {
        'Content-Type': 'application/offset+octet-stream',
        ...(checksum && (await checksumHeaders(checksum, await client.read(from, to), upload.url))),
      },
      range: [from, to],
    }
  }

  get #limits(): { limits?: { most: number } } {
    return this.#options.checksum ? { limits: { most: LONGEST_CHECKED_PART } } : {}
  }
}
