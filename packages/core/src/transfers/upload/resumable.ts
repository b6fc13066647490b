/**
 * The IETF's resumable uploads (draft-ietf-httpbis-resumable-upload, interop version 8). By default an upload is made by an empty request
 * ("careful creation"), because a browser does not show the interim answer that would name it. Success is what the server calls complete,
 * and nothing else. One request at a time.
 */
import { isTransientStatus } from '../../loading/retry.ts'
import { withoutUserInfo } from '../../model/safe-url.ts'
import type {
  UploadAccepted,
  UploadAnswer,
  UploadClient,
  UploadCreated,
  UploadDetour,
  UploadedPiece,
  UploadEnd,
  UploadInfo,
  UploadLocated,
  UploadProtocol,
} from '../../model/upload-protocol.ts'
import { URLError } from '../../model/url-error.ts'
import { plain } from './plain.ts'
import { countIn, isComplete, limitsIn, speaksOfUploads, type UploadLimits } from './resumable-fields.ts'
import { isGood, locationIn, reasonOf, unusable } from './upload-answers.ts'

export type ResumableState =
  | {
      readonly url: string
      /** The request that completes it was sent: a server that knows nothing of it any more may have it whole. */
      readonly completing?: boolean
    }
  /** The server does not know the draft: an ordinary upload. */
  | { readonly sent: boolean }

const VERSION = { 'upload-draft-interop-version': '8' }

/** Of a server that does not know the draft and wants no empty upload. */
const ORDINARY = new Set([400, 411, 415, 422, 501])

/** @param optimistic Sends the whole file with the request that makes the upload, where interim answers are shown. */
export const resumable = (optimistic: boolean): UploadProtocol<ResumableState> => new Resumable(optimistic)

class Resumable implements UploadProtocol<ResumableState> {
  readonly name = 'resumable'
  readonly #optimistic: boolean

  constructor(optimistic: boolean) {
    this.#optimistic = optimistic
  }

  create(upload: UploadInfo, client: UploadClient): Promise<UploadCreated<ResumableState> | UploadEnd> {
    return this.#optimistic ? this.#createWhole(upload, client) : this.#createEmpty(upload, client)
  }

  async #createEmpty(upload: UploadInfo, client: UploadClient): Promise<UploadCreated<ResumableState> | UploadEnd> {
    const { url, method, size } = upload
    const headers = { ...describe(upload), 'upload-complete': '?0', 'upload-length': String(size) }
    const answer = await client.send({ method, url, headers })
    if (isComplete(answer) === true) return { end: answer }
    const ours = speaksOfUploads(answer)
    if (isGood(answer) && answer.headers.has('location')) {
      const at = locationIn(answer)
      // Ordinary servers answer so too. What they made for the empty request knows no offset, and the file goes to them whole.
      if (!ours && !(await knowsOffset(at, client))) return plain.create(upload, client)
      const limits = limitsIn(answer.headers)
      await this.#assertAllowed(upload, at, limits, client)
      const { 'min-append-size': least = 0, 'max-append-size': most = Number.MAX_SAFE_INTEGER } = limits
      return {
        state: { url: at },
        accepted: Math.min(countIn(answer, 'upload-offset') ?? 0, size),
        limits: { least, most },
      }
    }
    if (isTransientStatus(answer.status)) throw unusable(answer, { why: reasonOf(answer), retryable: true })
    if (!ours && (isGood(answer) || ORDINARY.has(answer.status))) return plain.create(upload, client)
    // The resource itself refuses the upload, and this is what it says.
    return { end: answer }
  }

  async #createWhole(upload: UploadInfo, client: UploadClient): Promise<UploadCreated<ResumableState> | UploadEnd> {
    const { url, method, size } = upload
    let at: string | null = null
    const headers = { ...describe(upload), 'upload-complete': '?1', 'upload-length': String(size) }
    let keeping: Promise<void> = client.keep({ sent: true })
    const onInformational = (status: number, interim: Headers): void => {
      const isOurs = status === 104 && interim.get('upload-draft-interop-version')?.trim() === '8'
      const text = isOurs ? interim.get('location') : null
      const named = text === null ? null : URL.parse(text, url)
      if (at !== null || !named || !/^https?:$/.test(named.protocol)) return
      const address = withoutUserInfo(named).href
      at = address
      keeping = keeping.then(() => client.keep({ url: address }))
    }
    let answer: UploadAnswer
    try {
      answer = await client.send({ method, url, headers, range: [0, size] }, onInformational)
    } finally {
      // Whatever becomes of the request, the address counts.
      await keeping
    }
    if (isGood(answer) && isComplete(answer) === false) {
      throw unusable(answer, { why: 'the server does not call the upload complete', retryable: at !== null })
    }
    if (at === null || isComplete(answer) === true || !isTransientStatus(answer.status)) return { end: answer }
    throw unusable(answer, { why: reasonOf(answer), retryable: true })
  }

  async locate(
    upload: UploadInfo,
    state: ResumableState,
    client: UploadClient,
  ): Promise<UploadLocated<ResumableState> | UploadEnd | UploadDetour> {
    if ('sent' in state) return plain.locate(upload, state, client)
    const answer = await client.send({ method: 'HEAD', url: state.url, headers: VERSION })
    if (!isGood(answer)) return this.#refused(upload, state, answer)
    const offset = countIn(answer, 'upload-offset')
    if (isComplete(answer) === true) return ended(answer, offset ?? upload.size, upload)
    if (offset === null || offset > upload.size) {
      const why = `its Upload-Offset is ${offset ?? 'missing'}, of ${upload.size} bytes`
      // Without one it is somebody else's answer, a gateway's say.
      throw unusable(answer, { why, retryable: offset === null })
    }
    const length = countIn(answer, 'upload-length') ?? upload.size
    if (length !== upload.size)
      throw unusable(answer, { why: `it is of an upload of ${length} bytes, and this one has ${upload.size}` })
    return { pieces: offset > 0 ? [{ from: 0, to: offset }] : [] }
  }

  async part(
    upload: UploadInfo,
    state: ResumableState,
    { from, to }: { readonly from: number; readonly to: number },
    client: UploadClient,
  ): Promise<UploadAccepted | UploadEnd | UploadDetour> {
    if ('sent' in state) return plain.part(upload, state, { from, to }, client)
    const last = to === upload.size
    const answer = await this.#append(state, from, to, last, client)
    if (isComplete(answer) === true) return ended(answer, to, upload)
    if (!isGood(answer)) return this.#refused(upload, state, answer)
    const offset = countIn(answer, 'upload-offset') ?? to
    if (offset < from || offset > to) {
      return { detour: 'locate', why: `the server has ${offset} bytes, and was sent those from ${from} to ${to}` }
    }
    // What arrived is not yet what is complete.
    return { accepted: last ? to : offset }
  }

  async finish(
    upload: UploadInfo,
    state: ResumableState,
    pieces: readonly UploadedPiece[],
    client: UploadClient,
  ): Promise<UploadEnd | UploadDetour> {
    if ('sent' in state) return plain.finish(upload, state, pieces, client)
    const { size } = upload
    const answer = await this.#append(state, size, size, true, client)
    if (isComplete(answer) === true) return { end: answer }
    if (!isGood(answer)) return this.#refused(upload, state, answer)
    throw unusable(answer, { why: 'the server has every byte and does not say that the upload is complete' })
  }

  async cancel(_upload: UploadInfo, state: ResumableState, client: UploadClient): Promise<void> {
    if ('url' in state) await client.send({ method: 'DELETE', url: state.url, headers: VERSION })
  }

  async #append(
    state: { readonly url: string },
    from: number,
    to: number,
    last: boolean,
    client: UploadClient,
  ): Promise<UploadAnswer> {
    if (last) await client.keep({ ...state, completing: true })
    const headers = {
      ...VERSION,
      'content-type': 'application/partial-upload',
      'upload-offset': String(from),
      'upload-complete': last ? '?1' : '?0',
    }
    return client.send({ method: 'PATCH', url: state.url, headers, range: [from, to] })
  }

  /** What is to be done about a refusal of HEAD or PATCH. @throws {URLError} where there is nothing, or nothing at once. */
  #refused(upload: UploadInfo, { completing }: { readonly completing?: boolean }, answer: UploadAnswer): UploadDetour {
    const { status } = answer
    const why = reasonOf(answer)
    if (status === 409) return { detour: 'locate', why }
    if (status === 413) return { detour: 'smaller', why }
    if (status === 404 || status === 410) {
      if (!completing) return { detour: 'create', why }
      const lost = `${why}; it may have been completed before, and is not sent a second time`
      throw new URLError('networkConnectionLost', {
        url: upload.url,
        phase: 'response',
        status,
        retryable: false,
        why: lost,
      })
    }
    // A redirect that was not followed, and any trouble of the server's, is not a lost upload.
    throw unusable(answer, { why, retryable: isTransientStatus(status) || status >= 500 || status < 400 })
  }

  async #assertAllowed(
    { size, url }: UploadInfo,
    at: string,
    { 'max-size': largest = Infinity, 'min-size': smallest = 0, ...limits }: UploadLimits,
    client: UploadClient,
  ): Promise<void> {
    const { 'max-append-size': most = Infinity, 'min-append-size': least = 0 } = limits
    if (size <= largest && size >= smallest && most >= Math.max(1, Math.min(least, size))) return
    await client.send({ method: 'DELETE', url: at, headers: VERSION }).catch(() => {})
    const why = `the server's Upload-Limit allows ${smallest} to ${largest} bytes, in parts of ${least} to ${most}, and the file has ${size}`
    throw new URLError('dataLengthExceedsMaximum', { url, phase: 'response', why })
  }
}

/** The end, if the server can have the whole file. @throws {URLError} where it calls a part of one complete. */
function ended(answer: UploadAnswer, offset: number, { size }: UploadInfo): UploadEnd {
  if (offset === size) return { end: answer }
  const why = `the server calls the upload complete with ${offset} of its ${size} bytes`
  throw unusable(answer, { why, retryable: false })
}

async function knowsOffset(url: string, client: UploadClient): Promise<boolean> {
  const answer = await client.send({ method: 'HEAD', url, headers: VERSION })
  if (isTransientStatus(answer.status)) throw unusable(answer, { why: reasonOf(answer), retryable: true })
  return isGood(answer) && countIn(answer, 'upload-offset') !== null
}

/** What the request that makes the upload says of the file. */
function describe({ headers, type, name }: UploadInfo): Record<string, string> {
  const given = Object.fromEntries(headers)
  const disposition = `inline; filename*=UTF-8''${encodeURIComponent(name).replaceAll(/['()*]/g, escape)}`
  return {
    ...(type && !given['content-type'] && { 'content-type': type }),
    ...(name && !given['content-disposition'] && { 'content-disposition': disposition }),
    ...given,
    ...VERSION,
  }
}

const escape = (mark: string): string => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`
