/**
 * Owns how a request to S3 gets its signature from the user, and another one when that is over: however many requests are refused at
 * once, the user is asked to renew once. Signed URLs are as good as a password: none is kept, and none gets into an error.
 */
import { unlessAborted } from '../../loading/unless-aborted.ts'
import type { Json } from '../../model/json.ts'
import type { UploadAnswer, UploadClient, UploadInfo, UploadRequest } from '../../model/upload-protocol.ts'
import { URLError } from '../../model/url-error.ts'
import { type S3Answer, mayBeExpired, readAnswer } from './s3-answers.ts'

/** The operations of S3 that an upload needs, by their names in its API reference. */
export type S3Operation =
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'HeadObject'

/** A request to sign. Plain JSON, so that it can be sent to a backend as it is. */
export interface S3SignRequest {
  readonly operation: S3Operation
  readonly method: 'DELETE' | 'GET' | 'HEAD' | 'POST' | 'PUT'
  /** All of it but the signature: the object's URL with the query of the operation. */
  readonly url: string
  /** What will be sent, by lower-case names. Those that begin with `x-amz-` must be signed too. */
  readonly headers: Readonly<Record<string, string>>
  /** The upload that S3 made; null before there is one. */
  readonly uploadId: string | null
  /** From 1; null where it is not about a part. */
  readonly partNumber: number | null
  /** Bytes of the body. */
  readonly size: number
  /** True when the server has just refused a signature as expired: get new credentials before you sign with them. */
  readonly renew: boolean
  /** The file: for a backend that decides who may upload what, and where to. */
  readonly upload: {
    readonly id: string
    readonly name: string
    readonly type: string
    readonly size: number
    readonly metadata: Json | null
  }
}

/** A signed request. */
export interface S3Signed {
  /** The URL to send to, signed in its query, or not where `headers` hold the signature. Its path is where the object will be. */
  readonly url: string
  /**
   * What to send, in place of the request's headers. Default: the request's headers, without those that the signed URL holds in its
   * query, where the AWS SDK puts them (sent as well, S3 would refuse them as not signed).
   */
  readonly headers?: Readonly<Record<string, string>>
}

/** See {@link S3MultipartOptions.sign}. */
export type S3Sign = (request: S3SignRequest, signal: AbortSignal) => Promise<S3Signed | null>

/** What to do, before anything is signed. */
export interface S3Call {
  readonly operation: S3Operation
  /** The object's URL, without a query. */
  readonly object: string
  readonly query: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly range?: UploadRequest['range']
  readonly body?: string
}

const METHODS = {
  CreateMultipartUpload: 'POST',
  UploadPart: 'PUT',
  ListParts: 'GET',
  CompleteMultipartUpload: 'POST',
  AbortMultipartUpload: 'DELETE',
  HeadObject: 'HEAD',
} as const

/** How long a signature may take; in milliseconds. */
const PATIENCE = 60_000

export class S3Door {
  readonly #sign: S3Sign
  #renewals = 0
  #flight: Promise<S3Signed> | null = null

  constructor(sign: S3Sign) {
    this.#sign = sign
  }

  /**
   * Signs and sends, and does both again where the signature was over.
   * @throws {URLError} where there was no answer, with the object's URL; `userAuthenticationRequired` where there is no signature.
   */
  async send(call: S3Call, upload: UploadInfo, client: UploadClient): Promise<S3Answer> {
    const request = requestOf(call, upload)
    const seen = this.#renewals
    const first = await exchange(call, request, await this.#signed(request, client.signal), client)
    if (!mayBeExpired(first)) return first
    return exchange(call, request, await this.#renewed(request, seen, client.signal), client)
  }

  async #renewed(request: S3SignRequest, seen: number, signal: AbortSignal): Promise<S3Signed> {
    signal.throwIfAborted()
    // Somebody else has renewed since this one was signed, or is about to: what is signed after that is fresh.
    if (this.#renewals !== seen) return this.#signed(request, signal)
    if (this.#flight) {
      await unlessAborted(signal, this.#flight)
      return this.#signed(request, signal)
    }
    // Others wait for it too, so it does not end with the one upload that began it.
    this.#flight = this.#signed({ ...request, renew: true }, null).finally(() => {
      this.#flight = null
      this.#renewals++
    })
    return unlessAborted(signal, this.#flight)
  }

  async #signed(request: S3SignRequest, signal: AbortSignal | null): Promise<S3Signed> {
    signal?.throwIfAborted()
    const patience = AbortSignal.timeout(PATIENCE)
    const either = signal ? AbortSignal.any([signal, patience]) : patience
    let signed: unknown
    try {
      signed = await unlessAborted(either, this.#sign(request, either))
    } catch (cause) {
      signal?.throwIfAborted()
      throw unsigned(request, cause)
    }
    return checked(signed, request)
  }
}

/** The object's URL: what may be shown and kept of a signed one. */
export function unsignedURL(url: string): string {
  const bare = new URL(url)
  bare.search = ''
  bare.hash = ''
  return bare.href
}

function requestOf({ operation, object, query, headers = {}, range, body }: S3Call, upload: UploadInfo): S3SignRequest {
  const url = new URL(object)
  url.search = new URLSearchParams(query).toString()
  const { id, name, type, size, metadata } = upload
  return {
    operation,
    method: METHODS[operation],
    url: url.href,
    headers,
    uploadId: query['uploadId'] ?? null,
    partNumber: query['partNumber'] === undefined ? null : Number(query['partNumber']),
    size: range ? range[1] - range[0] : new TextEncoder().encode(body).length,
    renew: false,
    upload: { id, name, type, size, metadata },
  }
}

async function exchange(
  call: S3Call,
  request: S3SignRequest,
  signed: S3Signed,
  client: UploadClient,
): Promise<S3Answer> {
  const { range, body } = call
  let answer: UploadAnswer
  try {
    answer = await client.send({
      method: request.method,
      url: signed.url,
      headers: signed.headers ?? notHoisted(request.headers, signed.url),
      // S3 refuses what came besides: any x-amz- header that was not signed, and any Authorization next to a signature.
      exact: true,
      // Of nothing there is no range: an empty part has no body.
      ...(range && range[1] > range[0] && { range }),
      ...(body !== undefined && { body }),
    })
  } catch (error) {
    throw URLError.is(error) ? error.with({ url: call.object }) : error
  }
  return readAnswer({ ...answer, url: unsignedURL(answer.url) })
}

function notHoisted(headers: Readonly<Record<string, string>>, url: string): Record<string, string> {
  const hoisted = new Set([...new URL(url).searchParams.keys()].map((name) => name.toLowerCase()))
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-') || !hoisted.has(name)),
  )
}

/** Whatever the user's function threw may pass, as an error of the network does, unless it says itself that it does not. */
function unsigned({ operation, url }: S3SignRequest, cause: unknown): URLError {
  return new URLError('userAuthenticationRequired', {
    url: unsignedURL(url),
    phase: 'setup',
    why: `${operation} could not be signed`,
    retryable: URLError.is(cause) ? cause.retryable : true,
    cause,
  })
}

function checked(signed: unknown, { operation, url }: S3SignRequest): S3Signed {
  const { url: to, headers } = (typeof signed === 'object' && signed !== null ? signed : {}) as Partial<S3Signed>
  const target = typeof to === 'string' ? URL.parse(to) : null
  const fits = (target?.protocol === 'https:' || target?.protocol === 'http:') && isHeaders(headers)
  if (fits && target) return { url: target.href, ...(headers && { headers }) }
  throw new URLError('userAuthenticationRequired', {
    url: unsignedURL(url),
    phase: 'setup',
    why: `\`sign\` gave no signed request for ${operation}`,
    hint: 'give { url } with an absolute http URL, and { headers } where they differ',
  })
}

function isHeaders(headers: unknown): boolean {
  if (headers === undefined) return true
  if (typeof headers !== 'object' || headers === null) return false
  try {
    void new Headers(headers as Record<string, string>)
    return true
  } catch {
    return false
  }
}
