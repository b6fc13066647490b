/** Owns the check of AWS Signature Version 4, in headers and in presigned URLs, as strict as S3 itself is. */
import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface S3Key {
  readonly id: string
  readonly secret: string
  /** The session token that must come with it. */
  readonly token?: string
  /** When it is over, in milliseconds. */
  readonly until?: number
}

export interface SignedRequest {
  readonly method: string
  /** As it came: path and query. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Why S3 does not take a request. */
export interface SignatureFault {
  readonly status: number
  readonly code: string
  readonly message: string
}

const fault = (code: string, message: string, status = 403): SignatureFault => ({ status, code, message })
const SKEW = 900_000

/** Null where the signature is right. */
export function signatureFault(request: SignedRequest, keys: readonly S3Key[], now: number): SignatureFault | null {
  const query = new URL(request.target, 'http://s3').searchParams
  const presigned = query.has('X-Amz-Signature')
  if (presigned && request.headers.authorization !== undefined)
    return fault('InvalidRequest', 'Only one auth mechanism allowed', 400)
  const parts = presigned ? fromQuery(query) : fromHeaders(request.headers)
  if (!parts) return fault('AccessDenied', 'Access Denied')
  const at = Date.parse(parts.date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  const [id = '', day = '', region = '', service = '', end = ''] = parts.credential.split('/')
  const key = keys.find((one) => one.id === id)
  if (!key) return fault('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.')
  if (presigned ? now > at + parts.expires * 1000 : false) return fault('AccessDenied', 'Request has expired')
  if (!presigned && Math.abs(now - at) > SKEW)
    return fault('RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.')
  if (key.token !== parts.token)
    return fault('InvalidToken', 'The provided token is malformed or otherwise invalid.', 400)
  if (key.until !== undefined && now > key.until) return fault('ExpiredToken', 'The provided token has expired.', 400)
  const unsigned = Object.keys(request.headers).filter(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !parts.signed.includes(name),
  )
  if (unsigned.length > 0)
    return fault('AccessDenied', 'There were headers present in the request which were not signed')
  const payload = presigned ? 'UNSIGNED-PAYLOAD' : String(request.headers['x-amz-content-sha256'])
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== sha256(request.body))
    return fault(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      400,
    )
  const scope = [day, region, service, end].join('/')
  const text = ['AWS4-HMAC-SHA256', parts.date, scope, sha256(canonical(request, parts.signed, payload))].join('\n')
  const secret = [day, region, service, end].reduce<string | Buffer>(
    (last, word) => hmac(last, word),
    `AWS4${key.secret}`,
  )
  if (hmac(secret, text).toString('hex') === parts.signature) return null
  return fault(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided.',
  )
}

interface Parts {
  readonly credential: string
  readonly date: string
  readonly signed: readonly string[]
  readonly signature: string
  readonly token: string | undefined
  readonly expires: number
}

function fromQuery(query: URLSearchParams): Parts {
  const word = (name: string): string => query.get(`X-Amz-${name}`) ?? ''
  return {
    credential: word('Credential'),
    date: word('Date'),
    signed: word('SignedHeaders').split(';'),
    signature: word('Signature'),
    token: query.get('X-Amz-Security-Token') ?? undefined,
    expires: Number(word('Expires')),
  }
}

function fromHeaders(headers: IncomingHttpHeaders): Parts | null {
  const match = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
    headers.authorization ?? '',
  )
  if (!match) return null
  const token = headers['x-amz-security-token']
  return {
    credential: match[1] ?? '',
    date: String(headers['x-amz-date']),
    signed: (match[2] ?? '').split(';'),
    signature: match[3] ?? '',
    token: typeof token === 'string' ? token : undefined,
    expires: 0,
  }
}

function canonical({ method, target, headers }: SignedRequest, signed: readonly string[], payload: string): string {
  const [path = '', search = ''] = target.split('?')
  const query = [...new URLSearchParams(search)]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .toSorted()
  const lines = signed.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}\n`)
  const key = decodeKey(path).split('/').map(encoded).join('/')
  return [method, key, query.join('&'), lines.join(''), signed.join(';'), payload].join('\n')
}

/** S3 takes a plus sign for a space, in a path too. */
export const decodeKey = (path: string): string => decodeURIComponent(path.replaceAll('+', ' '))

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest()
