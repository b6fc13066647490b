/**
 * Owns S3's multipart upload as an upload protocol: which operation is sent when, and what its answer means for the upload. It runs
 * where the session is, because it holds a function of the user.
 */
import { checkOptions, choice, leaf } from '../../model/options.ts'
import { isFunction } from '../../model/checks.ts'
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
import { protocolName } from './protocol-name.ts'
import { type S3Answer, detourOf, hiddenTag, refusalError, unreadable } from './s3-answers.ts'
import { type S3Checksum, checksumOf, wholeTag } from './s3-checksums.ts'
import { completion, partSizeFor, readPartList, receiptsOf, type S3Receipt } from './s3-parts.ts'
import { type S3Call, S3Door, type S3Sign, unsignedURL } from './s3-signing.ts'
import { childText } from './s3-xml.ts'

export interface S3MultipartOptions {
  /**
   * Signs one request, for each of the six operations alike. May be called at any time, several times at once, and again for the same
   * request. What it throws is tried again with the upload's other failures, unless it is a URLError that is not `retryable`. It is
   * given a minute.
   *
   * It may give null for `HeadObject`, which asks whether an upload is complete whose completion was never heard of: such a one is then
   * sent again as a whole.
   */
  readonly sign: S3Sign
  /**
   * Has the server check each part, and the whole by its parts. `'sha256'` is done by the platform, beside everything else, and needs a
   * secure context; `'crc32'` works anywhere, for some seconds a gigabyte on the session's own thread. Each part is read into memory. Default: none, as not every server knows it: TLS and the entity tags already guard the way.
   */
  readonly checksum?: S3Checksum
  /** Tells it from others among a configuration's `uploadProtocols`: letters, digits and dashes. Default: `'s3-multipart'`. */
  readonly name?: string
}

/** What is stored: no signature, no credential. */
export type S3MultipartState = {
  /** The object's URL without a query. */
  readonly object: string
  readonly uploadId: string
  readonly partSize: number
  /** What it was created with: the next version of a page may ask for another one, and S3 does not take a part without it. */
  readonly checksum: S3Checksum | null
  /** Once it is being completed: the entity tag that the whole will have, where that is known. */
  readonly tag?: string
}

/**
 * Uploads to S3 and what speaks like it (R2, MinIO, Ceph …) in parts, several at once, and goes on where it was after a break, a reload
 * included. The task's URL is the object's, or any that `sign` knows what to do with: for the first request it may answer with the
 * object's own.
 *
 * With a backend that presigns (with the AWS SDK there: `requestChecksumCalculation: 'WHEN_REQUIRED'`, or it signs the checksum of an
 * empty part):
 * ```ts
 * const protocol = s3Multipart({
 *   sign: async (request, signal) => {
 *     const response = await fetch('/api/sign', { method: 'POST', body: JSON.stringify(request), signal })
 *     if (!response.ok) throw new Error(`signing failed with ${response.status}`)
 *     return response.json() // { url }
 *   },
 * })
 * session.uploadTask('https://bucket.s3.eu-central-1.amazonaws.com/films/1.mp4', file, { protocol })
 * ```
 * With short-lived credentials in the page, by aws4fetch:
 * ```ts
 * const protocol = s3Multipart({
 *   sign: async ({ method, url, headers, renew }) => {
 *     const aws = new AwsClient({ ...(await credentials({ fresh: renew })), service: 's3', region: 'eu-central-1' })
 *     return { url: (await aws.sign(url, { method, headers, aws: { signQuery: true } })).url }
 *   },
 * })
 * ```
 * The bucket's CORS rules must allow the methods POST, PUT, GET, HEAD and DELETE with the headers that are sent, and expose `ETag`.
 * Parts are `chunkSize` bytes or 8 MiB, from 5 MiB up, and more where the file would need over 10,000 of them. The caller's headers
 * (`content-type`, `x-amz-meta-…`, `x-amz-storage-class` …) go with CreateMultipartUpload, conditions (`if-none-match`) with
 * CompleteMultipartUpload. They are stored with the upload, so a key of the customer's own (SSE-C) belongs into the headers that `sign`
 * gives. Uploads that were created without an answer coming through stay behind: let the bucket's lifecycle abort incomplete ones, as R2
 * does after a week by itself.
 *
 * Fails with the server's code and message in `message`: `userAuthenticationRequired` where it is not signed, or not accepted;
 * `dataLengthExceedsMaximum`; `badServerResponse` for all else.
 *
 * @throws {TypeError} that names the option.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
export function s3Multipart(options: S3MultipartOptions): UploadProtocol<S3MultipartState> {
  const fields = { sign: leaf('a function', isFunction), checksum: choice('crc32', 'sha256'), name: protocolName() }
  if (checkOptions('s3Multipart options', fields, options)['sign'] === undefined)
    throw new TypeError('s3Multipart options: option "sign" was left out; it must be a function')
  return new S3Multipart(options)
}

/** Pages of ListParts: 10,000 parts are ten, where a server gives a thousand at a time. */
const MOST_PAGES = 1000

class S3Multipart implements UploadProtocol<S3MultipartState> {
  readonly name: string
  readonly #door: S3Door
  readonly #checksum: S3Checksum | null

  constructor({ sign, checksum, name = 's3-multipart' }: S3MultipartOptions) {
    this.name = name
    this.#door = new S3Door(sign)
    this.#checksum = checksum ?? null
  }

  async create(upload: UploadInfo, client: UploadClient): Promise<UploadCreated<S3MultipartState>> {
    const partSize = partSizeFor(upload)
    const said = await this.#send(upload, client, {
      operation: 'CreateMultipartUpload',
      object: unsignedURL(upload.url),
      query: { uploads: '' },
      headers: {
        ...(upload.type && { 'content-type': upload.type }),
        ...Object.fromEntries(upload.headers.filter(([name]) => !ofCompletion(name))),
        ...(this.#checksum && { 'x-amz-checksum-algorithm': this.#checksum.toUpperCase() }),
      },
    })
    if (said.refusal !== null) throw refusalError('CreateMultipartUpload', said, said.answer.url)
    const uploadId = said.root && childText(said.root, 'UploadId')
    if (!uploadId) throw unreadable('CreateMultipartUpload', said)
    return {
      state: { object: said.answer.url, uploadId, partSize, checksum: this.#checksum },
      lanes: { size: partSize, whole: true },
    }
  }

  async locate(
    upload: UploadInfo,
    state: S3MultipartState,
    client: UploadClient,
  ): Promise<UploadLocated<S3MultipartState> | UploadEnd | UploadDetour> {
    const pieces: UploadedPiece[] = []
    for (let marker = 0, page = 0; ; page++) {
      const after = marker > 0 ? { 'part-number-marker': String(marker) } : {}
      const said = await this.#sendTo('ListParts', upload, state, client, { query: after })
      if (said.refusal !== null) return this.#refused('ListParts', said, upload, state, client)
      if (said.root?.name !== 'ListPartsResult') throw unreadable('ListParts', said)
      const list = readPartList(said.root, upload.size, state)
      pieces.push(...list.pieces)
      // Old servers say that there is more and give no place to go on from; what was not listed is sent again.
      if (list.marker === null || list.marker <= marker || page === MOST_PAGES) return { pieces }
      marker = list.marker
    }
  }

  async part(
    upload: UploadInfo,
    state: S3MultipartState,
    { from, to }: { readonly from: number; readonly to: number },
    client: UploadClient,
  ): Promise<UploadAccepted | UploadDetour> {
    const { object, partSize, checksum: algorithm } = state
    const checksum = algorithm && (await checksumOf(algorithm, await client.read(from, to)))
    const said = await this.#sendTo('UploadPart', upload, state, client, {
      query: { partNumber: String(from / partSize + 1) },
      range: [from, to],
      ...(checksum && { headers: { [`x-amz-checksum-${algorithm}`]: checksum } }),
    })
    if (said.refusal !== null) {
      const detour = detourOf(said)
      if (detour) return detour
      throw refusalError('UploadPart', said, object)
    }
    const etag = said.answer.headers.get('etag')
    if (!etag) throw hiddenTag(object)
    return { accepted: to, receipt: { etag, ...(checksum && { checksum }) } }
  }

  async finish(
    upload: UploadInfo,
    state: S3MultipartState,
    pieces: readonly UploadedPiece[],
    client: UploadClient,
  ): Promise<UploadEnd | UploadDetour> {
    const receipts = receiptsOf(pieces, upload.size, state.partSize) ?? (await this.#missing(upload, state, client))
    if ('detour' in receipts) return receipts
    const tag = await wholeTag(receipts.map(({ etag }) => etag))
    // Kept before it is sent: if its answer is lost and this page with it, the next one can tell that it was done.
    if (tag !== null && tag !== state.tag) await client.keep({ ...state, tag })
    const said = await this.#sendTo('CompleteMultipartUpload', upload, state, client, {
      query: {},
      headers: {
        'content-type': 'application/xml',
        ...Object.fromEntries(upload.headers.filter(([name]) => ofCompletion(name))),
      },
      body: completion(receipts, state.checksum),
    })
    if (said.refusal !== null) return this.#refused('CompleteMultipartUpload', said, upload, state, client)
    // The answer begins with spaces while the server still works. One that was cut off says nothing.
    if (said.root?.name !== 'CompleteMultipartUploadResult') throw unreadable('CompleteMultipartUpload', said)
    return { end: said.answer }
  }

  async cancel(upload: UploadInfo, state: S3MultipartState, client: UploadClient): Promise<void> {
    const said = await this.#sendTo('AbortMultipartUpload', upload, state, client, { query: {} })
    if (said.refusal === null || said.refusal === 'NoSuchUpload') return
    throw refusalError('AbortMultipartUpload', said, state.object)
  }

  /** S3 knows no upload without a part: a file of no bytes is one empty part. */
  async #missing(
    upload: UploadInfo,
    state: S3MultipartState,
    client: UploadClient,
  ): Promise<S3Receipt[] | UploadDetour> {
    const sent = upload.size === 0 ? await this.part(upload, state, { from: 0, to: 0 }, client) : null
    if (sent && 'detour' in sent) return sent
    const receipts = sent && receiptsOf([{ from: 0, to: 0, ...sent }], 0, state.partSize)
    return receipts ?? { detour: 'locate', why: 'a part has no entity tag' }
  }

  async #refused(
    operation: 'CompleteMultipartUpload' | 'ListParts',
    said: S3Answer,
    upload: UploadInfo,
    state: S3MultipartState,
    client: UploadClient,
  ): Promise<UploadEnd | UploadDetour> {
    // A server forgets an upload once it is complete, and conditions then fail by what was made under them. Only where it may have been.
    if (said.refusal === 'NoSuchUpload' || said.answer.status === 412) {
      const whole = await this.#whole(upload, state, client)
      if (whole) return { end: whole }
    }
    const detour = detourOf(said)
    if (detour) return detour
    throw refusalError(operation, said, state.object)
  }

  /** The object, where it is surely the one that was being completed: an older one of that name has another entity tag. */
  async #whole(upload: UploadInfo, state: S3MultipartState, client: UploadClient): Promise<UploadAnswer | null> {
    if (state.tag === undefined) return null
    const said = await this.#sendTo('HeadObject', upload, { ...state, uploadId: '' }, client, { query: {} }).catch(
      unlessPassing,
    )
    if (!said || said.refusal !== null) {
      if (said) unlessPassing(refusalError('HeadObject', said, state.object))
      return null
    }
    const { headers } = said.answer
    const same = bareTag(headers.get('etag')) === state.tag && headers.get('content-length') === String(upload.size)
    return same ? said.answer : null
  }

  #sendTo(
    operation: S3Call['operation'],
    upload: UploadInfo,
    { object, uploadId }: S3MultipartState,
    client: UploadClient,
    { query, ...rest }: Pick<S3Call, 'body' | 'headers' | 'query' | 'range'>,
  ): Promise<S3Answer> {
    return this.#send(upload, client, {
      operation,
      object,
      query: { ...query, ...(uploadId && { uploadId }) },
      ...rest,
    })
  }

  #send(upload: UploadInfo, client: UploadClient, call: S3Call): Promise<S3Answer> {
    const headers = { ...Object.fromEntries(upload.headers.filter(([name]) => ofAll(name))), ...call.headers }
    return this.#door.send({ ...call, headers }, upload, client)
  }
}

/** What cannot be asked is not known; what may pass is tried again. */
function unlessPassing(error: unknown): null {
  if (URLError.is(error) && !error.retryable) return null
  throw error
}

/** Conditions are for the moment at which the object comes to be. */
const ofCompletion = (name: string): boolean => name === 'if-match' || name === 'if-none-match'

/** Who pays and whose bucket it is are asked for with every request. */
const ofAll = (name: string): boolean => name === 'x-amz-request-payer' || name === 'x-amz-expected-bucket-owner'

const bareTag = (etag: string | null): string | null =>
  etag && etag.replace(/^W\//, '').replaceAll('"', '').toLowerCase()
